/* SPDX-License-Identifier: Apache-2.0 */
/* The drive as the files of this room share it. */
#pragma once

#include "media/media.h"
#include "vtl/base/timer.h"
#include "vtl/library/health.h"
#include "vtl/ssc/profile.h"
#include "vtl/ssc/ssc.h"

enum tape_state {
	TAPE_EMPTY,
	TAPE_LOADING,
	TAPE_LOADED, /* threaded and ready */
	TAPE_UNLOADING,
	TAPE_UNLOADED, /* seated; the host let go of it, or it failed to load */
	TAPE_CLEANING, /* a cleaning cartridge is at work */
	TAPE_EXPIRED,  /* a cleaning cartridge is seated that can clean no more */
};

/* Faults since the library was told last, and since the cartridge was loaded; see health.h. */
struct tape_health {
	struct health_report report;
	bool anything; /* to tell */
	struct timer timer;
	int64_t told_ms;
	uint64_t mount[N_HEALTH_KINDS];
	uint64_t alerts; /* flags that are set, flag 1 in bit 0 */
};

/* What hosts moved and what went wrong, since the drive started or the cartridge was loaded. */
struct tape_counters {
	uint64_t written, read;             /* bytes of records by hosts */
	uint64_t write_errors, read_errors; /* unrecovered */
};

struct tape {
	struct lu lu;
	struct drive *drive;
	const struct tape_profile *profile;
	struct engine *engine;

	enum tape_state state;
	enum drive_activity activity;       /* now; set by tape_does() */
	int64_t did_ms[N_DRIVE_ACTIVITIES]; /* when each ended last */
	uint8_t doing;                      /* the opcode at work while activity is not DRIVE_IDLE */
	bool held;                          /* a command or the robot is at the medium */
	struct waitq released;
	int64_t last_ms; /* when the medium was last used */
	struct tape_use {
		const struct nexus *nexus; /* whose command was last; compared, never followed */
		struct drive_host host;    /* the same, to tell people; "" since the cartridge came */
		int64_t ms;                /* when */
	} use;

	/* The cartridge in the drive: state is not TAPE_EMPTY. */
	struct cart_label label;
	const struct generation *generation;
	char *root;
	struct cart *cart;                /* only while TAPE_LOADED */
	unsigned mounts;                  /* counts them, to notice a change of cartridge */
	enum drive_protection protection; /* as it was loaded; see tape_protection() */
	bool dirty;                       /* written since the last sync point */
	const struct nexus *writer;       /* whose data is in the buffer; compared, never followed */

	uint8_t buffered_mode;  /* MODE header: 1, or 0 for a sync after each WRITE */
	struct timer idle_sync; /* mode page 10h: write delay time */
	unsigned fibers;        /* of that timer and of the robot, at work or waiting */
	bool closing;           /* the robot comes too late */
	unsigned patience_s;    /* with the cartridge's files; 0: without end */
	bool stalled;           /* they do not answer */
	struct tape_counters total, mount;
	struct tape_health health;

	struct timer cleaning; /* runs while TAPE_CLEANING */
	uint32_t cleanings;    /* in the drive's life */
	uint64_t cleaned_at;   /* bytes hosts had moved at the last one */
};

static inline struct tape *tape_of(const struct lu *lu)
{
	return lu->device;
}

static inline bool tape_is_worm(const struct tape *tape)
{
	return tape->state != TAPE_EMPTY && tape->label.worm;
}

/* use.c: who used the medium last. */
void tape_use(struct tape *tape, const struct nexus *nexus); /* a command begins */
void tape_use_ends(struct tape *tape, const struct nexus *nexus);
void tape_use_left(struct tape *tape, struct nexus *nexus); /* the nexus goes */
void tape_use_tell(const struct tape *tape, struct drive_status *status);

/* state.c: ready, loaded, ejected; the hooks of lu_type. */
bool tape_ready(struct task *task);
bool tape_writable(struct task *task);
/* Why the loaded cartridge cannot be written, by now. */
enum drive_protection tape_protection(const struct tape *tape);
void tape_current_sense(struct lu *lu, struct sense_data *ret_sense);
void tape_nexus_gone(struct lu *lu, struct lu_nexus *nexus);
void tape_reset(struct lu *lu);
/* Waits for the medium, at most ms (0: without end); false when the time ran out. */
bool tape_hold(struct tape *tape, unsigned ms);
void tape_release(struct tape *tape);
/* What a command that needs the medium hears; SENSE_NONE: it may go on. */
enum sense tape_not_ready(const struct tape *tape);

/* activity.c: sets what the drive is doing from now on, which ends what it did. */
void tape_does(struct tape *tape, enum drive_activity activity);
/* What a person is shown: reading or writing when it did so within the last second, however short. */
enum drive_activity tape_did_lately(const struct tape *tape);
void tape_did_nothing(struct tape *tape);

/* load.c: from seated to threaded and back; the caller holds the medium.  sender: whose LOAD it is,
 * NULL for the robot's; compared, never followed. */
int tape_thread_cartridge(struct tape *tape, const struct nexus *sender, const struct actor *by);
/* Closes with a sync point; what was lost is a deferred error. */
void tape_unthread_cartridge(struct tape *tape, const struct actor *by);

/* robot.c: what the library's robot does; -ETIMEDOUT when the cartridge's files do not answer, then nothing
 * has changed for it.  And a cartridge leaves the drive. */
int tape_thread(void *server, const struct cart_label *label, const char *root, const struct actor *by);
int tape_unthread(void *server, const struct actor *by);
void tape_unseat(struct tape *tape);

/* clean.c: what a seated cleaning cartridge does; 0 also for one that can clean no more. -errno. */
int tape_clean(struct tape *tape, const struct actor *by);
/* How often the drive was cleaned before the daemon started. */
void tape_clean_recall(struct tape *tape);

/* media_select.c: the mode parameter header and block descriptor. */
void tape_mode_header(struct lu *lu, struct lu_nexus *nexus, uint8_t *ret_medium_type, uint8_t *ret_specific);
void tape_mode_block(struct lu *lu, struct lu_nexus *nexus, uint8_t block[static 8]);
int tape_mode_select(struct lu *lu, struct lu_nexus *nexus, uint8_t specific, const uint8_t *block,
	bool apply);

/* density.c */
uint8_t density_code(const struct generation *generation);

/* idle_sync.c: buffered data does not wait longer than the write delay time. */
void idle_sync_arm(struct tape *tape);

/* Tables: ops.c, mode_pages.c, log_pages.c, vpd_pages.c. */
extern const struct scsi_op ssc_ops[];
extern const struct mode_page mode_pages_ibm[], mode_pages_hpe[], mode_pages_hp[];
extern const struct log_page tape_log_pages[];
extern const struct vpd_page vpd_pages_ibm5[], vpd_pages_ibm6[], vpd_pages_lto7[], vpd_pages_hp[];

/* Handlers, by file. */
void ssc_rewind(struct task *task);            /* rewind.c */
void ssc_read_block_limits(struct task *task); /* limits.c */
void ssc_read6(struct task *task);             /* read.c */
void ssc_write6(struct task *task);            /* write.c */
void ssc_write_filemarks6(struct task *task);  /* mark.c */
void ssc_space6(struct task *task);            /* space.c */
void ssc_space16(struct task *task);
void ssc_verify6(struct task *task);       /* verify.c */
void ssc_erase6(struct task *task);        /* erase.c */
void ssc_load_unload(struct task *task);   /* load.c */
void ssc_prevent_allow(struct task *task); /* prevent.c */
void ssc_locate10(struct task *task);      /* locate.c */
void ssc_locate16(struct task *task);
void ssc_read_position_short(struct task *task); /* position.c */
void ssc_read_position_long(struct task *task);
void ssc_read_position_extended(struct task *task);
void ssc_report_density_support(struct task *task); /* density.c */
