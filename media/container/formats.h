/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the formats of a cartridge's file. */
#pragma once

#include "media/container/chunk.h"

/* A tape image of others while it is read. */
struct image {
	const struct container_format *format;
	struct stream *s;
	const struct sink *sink;
	struct cart_report *report;
	char *why;              /* 128 bytes */
	uint8_t *data, *packed; /* IMAGE_DATA bytes each; packed: a record before it is decompressed */
	uint8_t back[2];        /* bytes that are read once more */
	size_t back_left;
	uint64_t at;       /* bytes of the file that were read */
	uint32_t previous; /* AWSTAPE: length of the block before */
	bool guessed;      /* the format is not known, this one is tried */
};
enum { IMAGE_DATA = MEDIA_RECORD_MAX };
/* How a tape ends: where the file does, or at a marker in it. */
enum { IMAGE_FILE_END = 1, IMAGE_MARKER };

/* A tape image while it is written. */
struct image_out {
	struct stream *s;
	uint32_t previous; /* AWSTAPE: length of the block before */
	uint8_t *packed;   /* HET: IMAGE_DATA bytes for a compressed record */
};
struct image_writer {
	/* -errno where the format cannot hold it, with why. */
	int (*record)(struct image_out *out, const void *data, uint32_t len, bool damaged,
		char why[static 128]);
	void (*mark)(struct image_out *out);
	void (*end)(struct image_out *out);
};

struct container_format {
	const char *name, *suffix, *words;
	bool has_label; /* the file says which cartridge it is */
	/* How many records of the first n bytes of a file have this form, before one does not; 0: it has another. */
	size_t (*look)(const uint8_t *p, size_t n);
	/* Reads the next object and gives it to the sink.  0, IMAGE_FILE_END, IMAGE_MARKER, or -errno with why. */
	int (*step)(struct image *im);
	const struct image_writer *writer;
};
extern const struct container_format container_formats[CART_FORMATS];

/* The format of a file that begins with these n bytes (the more the better); CART_ANY: none that is known. */
enum cart_container format_look(const uint8_t *p, size_t n);

/* image.c: reads the whole image, the format of which is given, behind what was peeked. */
int image_read(struct image *im, const struct media_progress *progress);
/* For steps.  Reads n bytes; fewer at the end of the file or after an error. */
size_t image_take(struct image *im, void *to, size_t n);
/* Reads the n bytes with which each object begins.  0; IMAGE_FILE_END: there is no object; or an error with why. */
int image_begin(struct image *im, void *to, size_t n);
/* The file is not as it should be: writes why and returns the error. */
int image_bad(struct image *im, const char *what);
/* Fewer bytes than expected came. */
int image_short(struct image *im);
/* Gives an object to the sink and counts it. */
int image_record(struct image *im, bool damaged, uint32_t len);
int image_mark(struct image *im);

/* aws.c, simh.c, tpc.c */
size_t simh_look(const uint8_t *p, size_t n), e11_look(const uint8_t *p, size_t n),
	big_look(const uint8_t *p, size_t n), tpc_look(const uint8_t *p, size_t n),
	aws_look(const uint8_t *p, size_t n), het_look(const uint8_t *p, size_t n);
int simh_step(struct image *im), e11_step(struct image *im), big_step(struct image *im),
	tpc_step(struct image *im), aws_step(struct image *im);
/* folders.c: the stream that cart_folder_pack() writes. */
int relay_step(struct image *im);
extern const struct image_writer simh_writer, e11_writer, aws_writer, het_writer;
