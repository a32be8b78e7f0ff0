# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What btape and a job of Bacula share: the storage daemon's settings, for the changer and its first drive.
bacula_etc=$disk/etc/bacula

# storage_settings NAME MINIMUM MAXIMUM: block sizes in bytes; MINIMUM 0 is variable blocks.
storage_settings() {
	mkdir -p "$bacula_etc"
	cat >"$bacula_etc/$1.conf" <<-END
		Storage { Name = vm-sd; SDPort = 9103; WorkingDirectory = /var/lib/bacula; Pid Directory = /run/bacula }
		Director { Name = vm-dir; Password = secret }
		Autochanger { Name = Changer; Device = Drive-0; Changer Device = $CHANGER;
		  Changer Command = "/etc/bacula/scripts/mtx-changer %c %o %S %a %d" }
		Device { Name = Drive-0; Drive Index = 0; Media Type = LTO; Archive Device = $TAPE_1; AutomaticMount = yes;
		  AlwaysOpen = yes; RemovableMedia = yes; RandomAccess = no; AutoChanger = yes;
		  Minimum block size = $2; Maximum block size = $3; Maximum File Size = 8M
		}
		Messages { Name = Standard; director = vm-dir = all }
	END
}

# btape SAID COMMANDS: with the answers to what it asks, one a line.
btape() {
	printf '%b' "$2" | limit=3000 in_disk btape -c /etc/bacula/btape.conf "$TAPE_1" >"$1" 2>&1
}
