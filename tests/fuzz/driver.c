/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a fuzz target without libFuzzer: over every file of the folders named, and over some mutations of each, the same
 * ones each time.  ROUNDS=N: so many mutations of each file (64).
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "tests/lib/seed.h"

enum { INPUT_MAX = 1 << 16 };

static uint64_t state;

static uint32_t roll(uint32_t sides)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((state >> 33) % sides);
}

/* On the heap and exactly as long, so that a sanitizer sees what reads behind it. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* One change: a bit, a byte, a stretch taken out or said twice, the end cut off. */
static size_t mutate(uint8_t *data, size_t size)
{
	size_t at = roll((uint32_t)size), len = 1 + roll((uint32_t)(size - at));
	switch (roll(5)) {
	case 0: data[at] ^= (uint8_t)(1u << roll(8)); break;
	case 1: data[at] = (uint8_t)roll(256); break;
	case 2: memmove(data + at, data + at + len, size - at - len); return size - len;
	case 3:
		if (size + len > INPUT_MAX)
			break;
		memmove(data + at + len, data + at, size - at);
		return size + len;
	case 4: return at;
	}
	return size;
}

static void run_file(const char *path, unsigned rounds)
{
	static uint8_t data[INPUT_MAX], changed[INPUT_MAX];
	FILE *file = fopen(path, "rb");
	if (!file)
		return;
	size_t n = fread(data, 1, sizeof data, file);
	fclose(file);
	run(data, n);
	state = n;
	for (unsigned i = 0; i < rounds && n > 0; i++) {
		size_t size = n;
		memcpy(changed, data, n);
		for (unsigned k = 1 + roll(4); k > 0 && size > 0; k--)
			size = mutate(changed, size);
		run(changed, size);
	}
}

static unsigned run_folder(const char *folder, unsigned rounds)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);
	unsigned files = 0;
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.') {
			run_file(path, rounds);
			files++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return files;
}

int main(int argc, char **argv)
{
	bool all = getenv("THOROUGH");
	unsigned files = 0, rounds = rounds_wanted(all ? 64 : 64 / SLOWER);
	for (int i = 1; i < argc; i++)
		files += run_folder(argv[i], rounds);
	/* As cmocka says it, so that tests/unit/run counts it. */
	printf("%s %u seeds, each with %u mutations\n", files ? "[       OK ]" : "[  FAILED  ]", files,
		rounds);
	return files ? 0 : 1;
}
