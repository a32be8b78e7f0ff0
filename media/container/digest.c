// SPDX-License-Identifier: Apache-2.0
/* SHA-256 by libcrypto. */
#include "media/container/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "media/container/container.h"

_Static_assert((int)DIGEST_TEXT == (int)MEDIA_DIGEST_TEXT, "one length of a digest");

int digest_begin(struct digest *d)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	d->ctx = NULL;
	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL)) {
		EVP_MD_CTX_free(ctx);
		return -ENOMEM;
	}
	d->ctx = ctx;
	return 0;
}

void digest_add(struct digest *d, const void *data, size_t len)
{
	if (d->ctx && !EVP_DigestUpdate(d->ctx, data, len))
		digest_drop(d); /* a wrong digest would be worse than none */
}

void digest_drop(struct digest *d)
{
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}

void digest_end(struct digest *d, char out[static DIGEST_TEXT])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	out[0] = '\0';
	if (!d->ctx)
		return;
	if (EVP_DigestFinal_ex(d->ctx, sum, &len) && 2 * len < DIGEST_TEXT)
		for (unsigned i = 0; i < len; i++)
			snprintf(out + 2 * i, 3, "%02x", sum[i]);
	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
}
