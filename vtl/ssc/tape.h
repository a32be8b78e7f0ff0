/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of this room: the drive. */
#pragma once

#include "media/media.h"
#include "vtl/base/timer.h"
#include "vtl/library/health.h"
#include "vtl/ssc/attribute.h"
#include "vtl/ssc/diagnostics.h"
#include "vtl/ssc/profile.h"
#include "vtl/ssc/ssc.h"

enum tape_state {
	TAPE_EMPTY,
	TAPE_LOADING,
	TAPE_LOADED, /* threaded and ready */
	TAPE_UNLOADING,
	TAPE_UNLOADED, /* seated: a host unloaded the cartridge, or the load failed */
	TAPE_CLEANING, /* cleaning in progress */
	TAPE_EXPIRED,  /* an expired cleaning cartridge is seated */
	TAPE_REFUSED,  /* seated, but the drive does not support its format */
	N_TAPE_STATES
};

/* Faults since the last report to the library, and since the load; see health.h. */
struct tape_health {
	struct health_report report;
	bool anything; /* there is something to report */
	struct timer timer;
	int64_t told_ms;
	uint64_t mount[N_HEALTH_KINDS];
	uint64_t alerts; /* flags that are set; flag 1 is bit 0 */
};

/* Transfer and error counters, since the drive started or since the load. */
struct tape_counters {
	uint64_t written, read; /* bytes of records by hosts */
	uint64_t records_written, records_read;
	uint64_t write_errors, read_errors; /* unrecovered */
	/* of these bytes, since the load: those that compression spared; compression.h */
	uint64_t saved_written, saved_read;
};

/* What ALLOW OVERWRITE has allowed, until a command uses the medium. */
struct tape_overwrite {
	enum overwrite_kind { OVERWRITE_NOT, OVERWRITE_HERE, OVERWRITE_FORMAT } kind;
	uint32_t partition;
	uint64_t object; /* OVERWRITE_HERE: where */
};

struct tape {
	struct lu lu;
	struct drive *drive;
	const struct tape_profile *profile;
	struct engine *engine;

	enum tape_state state;
	enum drive_activity activity;       /* at present; set by tape_does() */
	int64_t did_ms[N_DRIVE_ACTIVITIES]; /* when each activity last ended */
	uint8_t doing;        /* operation code of the last command that used the medium; 00h: the changer */
	bool held;            /* a command or the changer uses the medium */
	struct work *unheard; /* work in progress whose status was sent (work.h) */
	struct waitq released;
	int64_t last_ms; /* last use of the medium */
	struct tape_use {
		const struct nexus *nexus; /* nexus of the last command; compared, never dereferenced */
		struct drive_host host;    /* the same for operators; "": no host since the load */
		int64_t ms;                /* time of that command */
	} use;

	/* The cartridge in the drive; valid when state is not TAPE_EMPTY. */
	struct cart_label label;
	struct cart_counters counters; /* of the loaded one, before this load */
	const struct generation *generation;
	char *root;
	struct cart *cart;                /* open only while TAPE_LOADED */
	unsigned mounts;                  /* number of loads, to notice a change of cartridge */
	enum drive_protection protection; /* at the load; see tape_protection() */
	bool dirty;                       /* written since the last sync point */
	struct tape_overwrite overwrite;
	bool zone_told; /* a host has heard of the programmable early warning zone since the tape moved into it */
	uint32_t zone_partition;
	uint64_t zone;              /* its bytes, as the last MODE SELECT has left them */
	struct keys *keys;          /* keys.h */
	uint64_t keys_used;         /* number of the parameters that the cartridge has; 0: none */
	const struct nexus *writer; /* nexus whose data is in the buffer; compared, never dereferenced */

	struct attribute_cache attributes; /* of the cartridge that was loaded last */

	/* Partitions that MODE SELECT has asked for (page 11h), for the next FORMAT MEDIUM; the unit is 10^exponent. */
	bool planned;
	struct cart_layout plan;
	unsigned plan_exponent;

	uint8_t buffered_mode;        /* MODE header: 1, or 0 (sync after each WRITE) */
	struct timer idle_sync;       /* mode page 10h: write delay time */
	struct tape_buffers *buffers; /* buffer.c; NULL before their first use */
	struct access_order *order;   /* access_order.c; NULL: none */
	bool time_set;                /* by SET TIMESTAMP */
	int64_t time_offset_ms;       /* then: added to now_ms() */

	unsigned fibers;     /* fibers of that timer and of the changer */
	bool closing;        /* the LU is being closed: the changer is refused */
	unsigned patience_s; /* seconds to wait for the cartridge's files; 0: no limit */
	bool stalled;        /* the files do not respond */
	struct tape_counters total, mount;
	struct partition_use {
		uint64_t written, read; /* bytes of records by hosts, since the load */
	} partitions[MEDIA_PARTITIONS];
	struct tape_counters forgotten_compression; /* mount, when a host cleared log pages 1Bh and 32h */
	struct tape_counters forgotten_transfer;    /* the same for page 38h */
	struct tape_counters forgotten_writes;      /* for page 02h */
	struct tape_counters forgotten_reads;       /* for page 03h */
	int64_t began_ms, loaded_ms;                /* the drive; the cartridge */
	struct tape_health health;
	struct diagnostics diagnostics;

	struct timer cleaning; /* runs while TAPE_CLEANING */
	uint32_t cleanings;    /* in the life of the drive */
	uint64_t cleaned_at;   /* bytes transferred by hosts at the last cleaning */
};

static inline struct tape *tape_of(const struct lu *lu)
{
	return lu->device;
}

static inline bool tape_is_worm(const struct tape *tape)
{
	return tape->state != TAPE_EMPTY && tape->label.worm;
}

/* use.c: the host that last used the medium. */
void tape_use(struct tape *tape, const struct nexus *nexus); /* a command starts */
void tape_use_ends(struct tape *tape, const struct nexus *nexus);
void tape_use_left(struct tape *tape, struct nexus *nexus); /* the nexus is detached */
void tape_use_tell(const struct tape *tape, struct drive_status *status);

/* state.c: ready, loaded, ejected; hooks of lu_type. */
bool tape_ready(struct task *task);
bool tape_writable(struct task *task);
/* Why the loaded cartridge cannot be written at present. */
enum drive_protection tape_protection(const struct tape *tape);
void tape_current_sense(struct lu *lu, struct sense_data *ret_sense);
void tape_nexus_gone(struct lu *lu, struct lu_nexus *nexus);
void tape_reset(struct lu *lu);
/* Waits until the medium is free and takes it, at most ms (0: no limit). False: time is over. */
bool tape_acquire(struct tape *tape, unsigned ms);
void tape_release(struct tape *tape);
/* Sense for a command that needs the medium; SENSE_NONE: ready. */
enum sense tape_not_ready(const struct tape *tape);

/* activity.c: sets the present activity and ends the previous one. */
void tape_does(struct tape *tape, enum drive_activity activity);
/* Activity shown to operators: reading or writing when the drive did so within the last second. */
enum drive_activity tape_did_lately(const struct tape *tape);
void tape_did_nothing(struct tape *tape);

/* load.c: opens and closes the seated cartridge; the caller holds the medium. sender: nexus of the LOAD, NULL
 * for the changer; compared, never dereferenced. */
int tape_thread_cartridge(struct tape *tape, const struct nexus *sender, const struct actor *by);
/* Syncs and closes; a loss is a deferred error. */
void tape_unthread_cartridge(struct tape *tape, const struct actor *by);

/* robot.c: the changer's access. -ETIMEDOUT: the cartridge's files do not respond; for the changer nothing
 * has changed. tape_unseat() removes the cartridge from the drive. */
int tape_thread(void *server, const struct cart_label *label, const char *root, bool stays,
	const struct actor *by);
int tape_unthread(void *server, const struct actor *by);
void tape_unseat(struct tape *tape);

/* clean.c: uses a seated cleaning cartridge; 0 also for an expired one. -errno. */
int tape_clean(struct tape *tape, const struct actor *by);
/* Reads the number of cleanings before the daemon started. */
void tape_clean_recall(struct tape *tape);

/* mode_header.c: the mode parameter header and block descriptor. */
void tape_mode_header(struct lu *lu, struct lu_nexus *nexus, uint8_t *ret_medium_type, uint8_t *ret_specific);
void tape_mode_block(struct lu *lu, struct lu_nexus *nexus, uint8_t block[static 8]);
int tape_mode_select(struct lu *lu, struct lu_nexus *nexus, uint8_t specific, const uint8_t *block,
	bool apply);

/* mode_pages.c: OIR, the medium is for hosts with a reservation only; hook of lu_type. WTRE: a WORM cartridge that was
 * tampered with can be read. */
bool tape_only_reserved(const struct lu *lu);
bool tape_reads_tampered(const struct tape *tape);

/* full_sense.c */
size_t tape_full_sense(struct lu *lu, uint8_t out[static SENSE_FULL_MAX]);
/* timeouts.c: recommended timeout of commands with this code in seconds, or 0: that of the row. */
uint32_t tape_timeout(const struct lu *lu, uint8_t code);
/* wraps.c: number of wraps of a tape; 0: not known. */
unsigned tape_wraps(const struct generation *generation);
/* The wraps of a partition of the loaded cartridge; wraps 0: not known. */
struct stretch {
	unsigned first, wraps;
};
struct stretch tape_stretch(const struct tape *tape, uint32_t partition);
/* density.c: what mode parameters and REPORT DENSITY SUPPORT say of a cartridge. */
uint8_t density_code(const struct generation *generation);
enum { TAPE_WIDTH = 127 }; /* tenths of a millimetre */
unsigned tape_metres(const struct generation *generation);
uint8_t medium_type_code(const struct tape_profile *profile, unsigned generation, bool worm);

/* idle_sync.c: limits how long data stays buffered (write delay time). */
void idle_sync_arm(struct tape *tape);

/* Tables: ops.c, mode_pages.c, log_pages.c, security_pages.c, vpd_pages.c. */
extern const struct scsi_refused ssc_refused[]; /* ends with name NULL */
extern const struct scsi_op ssc_ops[], ssc_long_ops[], ssc_service_ops[], ssc_wrap_ops[],
	ssc_access_order_ops[];
extern const struct mode_page mode_pages_ibm5[], mode_pages_ibm[], mode_pages_hpe[], mode_pages_hp5[],
	mode_pages_hp[];
extern const struct log_page log_pages_ibm[], log_pages_hp[];
extern const struct vpd_page vpd_pages_ibm5[], vpd_pages_ibm6[], vpd_pages_ibm7[], vpd_pages_hpe[],
	vpd_pages_hp[];
extern const struct security_page security_pages_hp[], security_pages_lto5[], security_pages_lto7[];

/* Handlers, by file. */
void ssc_rewind(struct task *task);            /* rewind.c */
void ssc_read_block_limits(struct task *task); /* limits.c */
void ssc_read(struct task *task);              /* read.c */
void ssc_write(struct task *task);             /* write.c */
void ssc_write_filemarks6(struct task *task);  /* mark.c */
void ssc_write_filemarks16(struct task *task);
void ssc_space6(struct task *task); /* space.c */
void ssc_space16(struct task *task);
void ssc_verify(struct task *task);        /* verify.c */
void ssc_erase(struct task *task);         /* erase.c */
void ssc_format_medium(struct task *task); /* format.c */
void ssc_set_capacity(struct task *task);
void ssc_allow_overwrite(struct task *task); /* append_only.c */
void ssc_load_unload(struct task *task);     /* load.c */
void ssc_prevent_allow(struct task *task);   /* prevent.c */
void ssc_read_buffer(struct task *task);     /* buffer.c */
void ssc_write_buffer(struct task *task);
unsigned ssc_force_dump(struct lu *lu, const uint8_t *page); /* diagnostic page 80h */
void ssc_read_end_of_wrap(struct task *task);                /* wraps.c */
void ssc_generate_access_order(struct task *task);           /* access_order.c */
void ssc_receive_access_order(struct task *task);
/* timestamp.c. tape_time(): milliseconds, as REPORT TIMESTAMP tells them, with their TIMESTAMP ORIGIN. */
uint64_t tape_time(const struct tape *tape, uint8_t *ret_origin);
void ssc_report_timestamp(struct task *task);
void ssc_set_timestamp(struct task *task);
void ssc_locate10(struct task *task); /* locate.c */
void ssc_locate16(struct task *task);
void ssc_read_position_short(struct task *task); /* position.c */
void ssc_read_position_long(struct task *task);
void ssc_read_position_extended(struct task *task);
void ssc_report_density_support(struct task *task); /* density.c */
void ssc_attribute_values(struct task *task);       /* read_attribute.c */
void ssc_attribute_list(struct task *task);
void ssc_logical_volume_list(struct task *task);
void ssc_partition_list(struct task *task);
void ssc_supported_attributes(struct task *task);
void ssc_write_attribute(struct task *task); /* write_attribute.c */
