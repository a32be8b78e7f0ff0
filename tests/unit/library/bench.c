/* SPDX-License-Identifier: Apache-2.0 */
/* A state directory to break, drives that do as they are told, and a listener that counts. */
#include "bench.h"
#include "vtl/base/fiber.h"
#include "vtl/base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/remove_tree.h"

/* --- a drive that does as it is told --------------------------------------------------------------- */

static int fake_thread(void *server, const struct cart_label *label, const char *root, bool stays,
	const struct actor *by)
{
	struct fake_drive *d = server;
	struct cart_label before;
	memcpy(&before, label, sizeof before);
	fiber_sleep(d->slow_ms);
	if (*d->barcode || memcmp(&before, label, sizeof before))
		d->wrong++;
	if (d->thread_err)
		return d->thread_err;
	strcpy(d->barcode, label->barcode);
	d->threads++;
	return 0;
}

static int fake_unthread(void *server, const struct actor *by)
{
	struct fake_drive *d = server;
	fiber_sleep(0);
	if (d->unthread_err)
		return d->unthread_err;
	if (!*d->barcode)
		d->wrong++;
	*d->barcode = 0;
	d->unthreads++;
	return 0;
}

static void fake_status(void *server, struct drive_status *ret_status)
{
	struct fake_drive *d = server;
	*ret_status = (struct drive_status){ .loaded = *d->barcode };
	strcpy(ret_status->barcode, d->barcode);
}

static const struct drive_server fake_server = { fake_thread, fake_unthread, fake_status };

void bench_serve(struct bench *b)
{
	struct drive *drive;
	TAILQ_FOREACH(drive, &b->library->drives, link) {
		drive->ops = &fake_server;
		drive->server = &b->drives[drive->number];
		drive->worker = worker_self();
	}
}

/* --- a listener that counts ---------------------------------------------------------------------------- */

static void on_library_added(void *arg, struct library *library)
{
	((struct events *)arg)->library_added++;
}

static void on_library_removed(void *arg, struct library *library)
{
	((struct events *)arg)->library_removed++;
}

static void on_drive_added(void *arg, struct drive *drive)
{
	((struct events *)arg)->drive_added++;
}

static void on_drive_removed(void *arg, struct drive *drive)
{
	((struct events *)arg)->drive_removed++;
}

static void on_mailslot(void *arg, struct library *library, struct element *mailslot)
{
	((struct events *)arg)->mailslot++;
	((struct events *)arg)->by_operator = mailslot->by_operator;
}

static void on_elements(void *arg, struct library *library, bool by_operator)
{
	((struct events *)arg)->elements_by_operator += by_operator;
	((struct events *)arg)->elements++;
}

static void on_layout(void *arg, struct library *library)
{
	((struct events *)arg)->layout++;
}

static void on_changer(void *arg, struct library *library)
{
	((struct events *)arg)->changer++;
}

/* --- directories ------------------------------------------------------------------------------------------ */

void run_command(const char *format, ...)
{
	char command[512];
	va_list args;
	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

void bench_make(struct bench *b)
{
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	*b = (struct bench){ 0 };
	snprintf(b->dir, sizeof b->dir, "%s/evertape-test-XXXXXX", base);
	assert_non_null(mkdtemp(b->dir));
}

void bench_remove(struct bench *b)
{
	assert_int_equal(remove_tree(b->dir), 0);
}

int bench_open(struct bench *b)
{
	/* clang-format off */
	b->listener = (struct library_listener){
		.library_added = on_library_added, .library_removed = on_library_removed,
		.drive_added = on_drive_added, .drive_removed = on_drive_removed,
		.mailslot_accessed = on_mailslot, .elements_changed = on_elements,
		.layout_changed = on_layout, .changer_changed = on_changer, .arg = &b->events,
	};
	/* clang-format on */
	b->inst = NULL;
	b->library = NULL;
	int err = installation_open(b->dir, &b->settings, &b->inst, b->why);
	if (err)
		return err;
	library_listen(b->inst, &b->listener);
	b->library = library_first(b->inst);
	return err;
}

void bench_close(struct bench *b)
{
	installation_close(b->inst);
	b->inst = NULL;
	b->library = NULL;
}

void bench_library(struct bench *b)
{
	struct library_plan plan = { .name = "demo", .drives = 2, .slots = 6, .mailslots = 2 };
	int err = library_create(b->inst, &plan, &b->library, b->why);
	if (err)
		print_error("%s\n", b->why);
	assert_int_equal(err, 0);
}

struct cartridge *bench_cartridge(struct bench *b, const char *barcode)
{
	struct cartridge_plan plan = { .barcode = barcode };
	struct cartridge *cartridge = NULL;
	int err = cartridge_create(b->inst, b->library, &plan, &cartridge, b->why);
	if (err)
		print_error("%s\n", b->why);
	assert_int_equal(err, 0);
	return cartridge;
}

struct element *bench_element(struct bench *b, const char *text)
{
	struct element *element = element_find(b->library, text, b->why);
	if (!element)
		print_error("%s\n", b->why);
	assert_non_null(element);
	return element;
}

const char *bench_where(struct bench *b, const char *barcode)
{
	static char text[16];
	struct cartridge *cartridge = cartridge_find(b->library, barcode);
	if (!cartridge)
		return "nowhere";
	if (!cartridge->at)
		return "vault";
	element_text(cartridge->at, text);
	return text;
}

void bench_sound(struct bench *b, size_t n)
{
	struct {
		struct element *elements;
		unsigned n;
	} all[] = {
		{ b->library->slots, b->library->n_slots },
		{ b->library->mailslots, b->library->n_mailslots },
		{ b->library->drive_elements, b->library->n_drive_elements },
		{ b->library->transports, b->library->n_transports },
	};
	size_t in_elements = 0, in_list = 0, placed = 0;
	for (size_t k = 0; k < 4; k++)
		for (unsigned i = 0; i < all[k].n; i++)
			if (all[k].elements[i].cartridge) {
				in_elements++;
				assert_ptr_equal(all[k].elements[i].cartridge->at, &all[k].elements[i]);
			}
	struct cartridge *cartridge;
	TAILQ_FOREACH(cartridge, &b->library->cartridges, link) {
		in_list++;
		if (cartridge->at) {
			placed++;
			assert_ptr_equal(cartridge->at->cartridge, cartridge);
		}
	}
	assert_int_equal(in_elements, placed);
	assert_int_equal(in_list, n);
}

/* --- files ------------------------------------------------------------------------------------------------- */

char *file_text(const char *dir, const char *name, size_t *ret_len)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	char *text = calloc(1, (size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, f), size);
	fclose(f);
	if (ret_len)
		*ret_len = (size_t)size;
	return text;
}

void file_write(const char *dir, const char *name, const void *bytes, size_t len)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

void on_worker(void (*run)(void *), void *arg)
{
	assert_int_equal(worker_run_once(run, arg), 0);
}
