# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A Bacula job with the changer: it needs two cartridges, is restored, and every file is what it was.
director_settings() {
	cat >"$bacula_etc"/bacula-dir.conf <<-END
		Director { Name = vm-dir; DIRport = 9101; QueryFile = /etc/bacula/scripts/query.sql; WorkingDirectory = /var/lib/bacula;
		  PidDirectory = /run/bacula; Maximum Concurrent Jobs = 2; Password = secret; Messages = Standard }
		Catalog { Name = Catalog; dbname = bacula; dbuser = ""; dbpassword = "" }
		Client { Name = vm-fd; Address = 127.0.0.1; FDPort = 9102; Catalog = Catalog; Password = secret }
		Storage { Name = Changer; Address = 127.0.0.1; SDPort = 9103; Password = secret; Device = Changer; Media Type = LTO;
		  Autochanger = yes }
		Pool { Name = Default; Pool Type = Backup; Recycle = no; Volume Retention = 1 year
		}
		FileSet { Name = All; Include { Options { signature = SHA1 } File = /data } }
		Job { Name = Save; Type = Backup; Level = Full; Client = vm-fd; FileSet = All; Storage = Changer; Pool = Default;
		  Messages = Standard }
		Job { Name = Restore; Type = Restore; Client = vm-fd; FileSet = All; Storage = Changer; Pool = Default;
		  Messages = Standard; Where = /restore }
		Messages { Name = Standard; console = all; append = "/var/log/bacula/log" = all }
	END
}
client_settings() {
	cat >"$bacula_etc"/bacula-fd.conf <<-END
		FileDaemon { Name = vm-fd; FDport = 9102; WorkingDirectory = /var/lib/bacula; Pid Directory = /run/bacula }
		Director { Name = vm-dir; Password = secret }
		Messages { Name = Standard; director = vm-dir = all }
	END
	cat >"$bacula_etc"/bconsole.conf <<-END
		Director { Name = vm-dir; DIRport = 9101; address = 127.0.0.1; Password = secret }
	END
}
# console SAID LINES...: what the console says while it is told these lines.
console() {
	said=$1
	shift
	printf '%s\n' "$@" quit | limit=1500 in_disk bconsole -c /etc/bacula/bconsole.conf >"$said" 2>&1
	sed 's/^/#   /' "$said" >>/tmp/bacula
}
bacula_digests() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort)
}

first=5 second=6
mkdir -p "$disk"/data
for i in 1 2 3 4 5; do
	dd if=/dev/urandom of="$disk"/data/random-$i bs=1000001 count=9 2>/dev/null
done
dd if=/dev/zero of="$disk"/data/zeros bs=1000 count=1000 2>/dev/null
director_settings
storage_settings bacula-sd 0 262144
client_settings
check "bacula: tables of the catalog" in_disk sh -c \
	'sed s/XXX_DBNAME_XXX/bacula/ /usr/share/bacula-director/make_sqlite3_tables | sh'
for daemon in bacula-dir bacula-sd bacula-fd; do
	check "$daemon accepts its settings" in_disk $daemon -t -c /etc/bacula/$daemon.conf
	check "$daemon starts" in_disk $daemon -c /etc/bacula/$daemon.conf
done
console /tmp/bacula.label "label barcodes storage=Changer drive=0 pool=Default slots=$first,$second encrypt=no" yes
for n in $first $second; do
	eval "barcode=\$BARCODE_$n"
	contains "bacula labels $barcode" "created" "$(grep "\"$barcode\"" /tmp/bacula.label)"
done
console /tmp/bacula.save "run job=Save yes" wait messages
contains "the backup ends well" "Backup OK" "$(cat /tmp/bacula.save)"
for n in $first $second; do
	eval "barcode=\$BARCODE_$n"
	contains "it needed $barcode" "$barcode" "$(grep 'Volume name' /tmp/bacula.save)"
done
contains "the last block was read again at the end of a cartridge" "Re-read of last block succeeded" "$(cat /tmp/bacula.save)"
console /tmp/bacula.restore "restore client=vm-fd fileset=All where=/restore select all done yes" wait messages
contains "the restore ends well" "Restore OK" "$(cat /tmp/bacula.restore)"
same "what was restored is what was there" "$(bacula_digests "$disk"/data)" "$(bacula_digests "$disk"/restore/data)"

# It prevents removal until it unmounts; ended by a signal, it leaves that to the host's driver, which keeps it.
console /tmp/bacula.unmount "unmount storage=Changer drive=0"
contains "bacula unmounts: the cartridge is back in its slot" "Data Transfer Element 0:Empty" "$(mtx -f "$CHANGER" status)"
console /tmp/bacula.mount "mount storage=Changer drive=0 slot=$first"
contains "bacula mounts the cartridge of slot $first" "Data Transfer Element 0:Full (Storage Element $first Loaded)" \
	"$(mtx -f "$CHANGER" status)"
[ "$failed" -eq 0 ] || tail -n 60 /tmp/bacula
for daemon in bacula-dir.9101 bacula-sd.9103 bacula-fd.9102; do
	pid=$(cat "$disk/run/bacula/$daemon.pid")
	check "$daemon ends" kill "$pid"
	for try in $(seq 60); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 1
	done
done
refused "bacula has ended, removal is still prevented" mtx -f "$CHANGER" unload
contains "the drive says so" "Additional Sense Code = 53" "$(cat /tmp/out)"
check "mt unlock allows removal" mt -f "$TAPE_1" unlock
check "bacula: the cartridge goes back" mtx -f "$CHANGER" unload
