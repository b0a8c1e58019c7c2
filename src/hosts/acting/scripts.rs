//! The scripts that are run on a host, each by `sh -c` with what it is about as `$1`, `$2`, …
//!
//! They need nothing but a POSIX shell and the usual tools; `setsid` is used where it is there. What an operation
//! does on a host is kept in a folder of its own, which is made with one `mkdir`: so of two that begin under one
//! mark, however they were sent, one runs. It is below the home of who logs in, or in a folder of theirs in `/tmp`
//! where nothing can be written there; both are looked at before either is used.

/// Where folders of marks are, and which one this mark has, if any.
macro_rules! folders {
    () => {
        r#"
mark=$1
home=${HOME:-/nonexistent}/.local/state/quarterdeck
temporary=/tmp/quarterdeck-$(id -u)
is_ours() { [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; }
find_run() {
  run=
  for folder in "$home" "$temporary"; do
    if is_ours "$folder" && [ -d "$folder/$mark" ]; then run=$folder/$mark; fi
  done
  [ -n "$run" ]
}
claim() { is_ours "$1" && mkdir "$1/$mark" 2>/dev/null && run=$1/$mark; }
"#
    };
}

/// `$2` is after how many seconds the command is ended, `$3` the command, `$4` [`SUPERVISE`], `$5` after how many days
/// what was noted under a mark is removed.
///
/// It says in one line what it did: `begun`, `already` or `no-place`.
pub const BEGIN: &str = concat!(
    folders!(),
    r#"
limit=$2 command=$3 supervise=$4 days=$5
trap '' HUP
mask=$(umask)
umask 077
if find_run; then echo 'quarterdeck already'; exit 0; fi
mkdir -p "$home" 2>/dev/null
if ! claim "$home"; then
  if find_run; then echo 'quarterdeck already'; exit 0; fi
  mkdir "$temporary" 2>/dev/null
  if ! claim "$temporary"; then
    if find_run; then echo 'quarterdeck already'; else echo 'quarterdeck no-place'; fi
    exit 0
  fi
fi
if ! printf '%s\n' "$command" 2>/dev/null >"$run/command"; then echo 'quarterdeck no-place'; exit 0; fi
cd "${HOME:-/}" 2>/dev/null || cd /
apart=nohup
command -v setsid >/dev/null 2>&1 && apart=setsid
"$apart" sh -c "$supervise" quarterdeck "$run" "$limit" "$mask" </dev/null >/dev/null 2>&1 &
echo 'quarterdeck begun'
find "${run%/*}" -mindepth 1 -maxdepth 1 -type d -mtime "+$days" -exec rm -rf {} + >/dev/null 2>&1
exit 0
"#
);

/// Runs the command and writes down how it ended. It stays until then, whatever becomes of the connection.
///
/// `$1` is the mark's folder, `$2` the limit in seconds, `$3` the umask of the login. With `setsid` the command
/// leads a process group, which is ended as a whole; without, only its shell is. Both note their numbers before the
/// command runs: either may be ended alone, and the command lives for as long as one of them does.
pub const SUPERVISE: &str = r#"
run=$1 limit=$2 mask=$3
trap '' HUP
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
{ echo "$$ $boot" >"$run/pid.new" && mv "$run/pid.new" "$run/pid"; } || exit 1
apart=
command -v setsid >/dev/null 2>&1 && apart=setsid
start='
{ echo "$$" >"$1/child.new" && mv "$1/child.new" "$1/child"; } || exit 73
umask "$2"
exec "${SHELL:-/bin/sh}" -c "$3"
'
$apart sh -c "$start" quarterdeck "$run" "$mask" "$(cat "$run/command")" </dev/null >"$run/output" 2>&1 &
pid=$!
until=$(($(date +%s) + limit))
end() { kill -s "$1" -- "-$pid" 2>/dev/null || kill -s "$1" "$pid" 2>/dev/null; }
(
  while kill -s 0 "$pid" 2>/dev/null; do
    if [ "$(date +%s)" -ge "$until" ]; then
      : >"$run/late"
      end TERM; sleep 5; end KILL
      exit
    fi
    sleep 1
  done
) &
wait "$pid"
code=$?
echo "$code" >"$run/code.new" && mv "$run/code.new" "$run/code"
exit 0
"#;

/// `$2` is behind how many bytes the output is read, `$3` how many are read at most.
///
/// Tells a state in a line, the size of the output, and then, behind a line `output`, its bytes.
pub const LOOK: &str = concat!(
    folders!(),
    r#"
after=$2 most=$3
echo 'quarterdeck 1'
if ! find_run; then echo 'state none'; exit 0; fi
ended() {
  [ -f "$run/code" ] || return 1
  if [ -f "$run/late" ]; then echo 'state late'; else echo "state ended $(cat "$run/code")"; fi
}
# What another user has become of it (sudo) takes no signal, and is there all the same.
lives() { [ -n "$1" ] && { kill -s 0 -- "-$1" || kill -s 0 "$1" || [ -d "/proc/$1" ]; } 2>/dev/null; }
is_new() { [ -z "$(find "$run" -prune -mmin +1)" ]; }
if ! ended; then
  pid= boot= child=
  if [ -f "$run/pid" ]; then read -r pid boot <"$run/pid"; fi
  if [ -f "$run/child" ]; then read -r child <"$run/child"; fi
  if [ -z "$pid" ]; then
    if is_new; then echo 'state claimed'; else echo 'state unstarted'; fi
  elif [ "$boot" != "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ]; then
    ended || echo 'state lost'
  elif lives "$pid" || lives "$child"; then
    echo 'state running'
  elif [ -z "$child" ] && is_new; then
    ended || echo 'state claimed'
  else
    ended || echo 'state lost'
  fi
fi
if [ -f "$run/output" ]; then
  echo "size $(($(wc -c <"$run/output")))"
  echo output
  tail -c "+$((after + 1))" "$run/output" | head -c "$most"
fi
exit 0
"#
);

/// Puts standard input into a file. `$2` is where, `$3` its size, `$4` its mode, `$5` its number under the mark.
///
/// It is written beside its place and moved there once all of it has arrived: nobody reads half of it, and a
/// connection that breaks leaves what was there. Where it says no it ends with one of [`REFUSALS`].
pub const RECEIVE: &str = concat!(
    folders!(),
    r#"
to=$2 size=$3 mode=$4 number=$5
case $to in '~/'*) to=${to#??} ;; esac
case $to in /*) ;; *) to=${HOME:-}/$to ;; esac
if [ -d "$to" ]; then echo "$to is a folder: name the file in it" >&2; exit 73; fi
umask 077
part=$to.quarterdeck-$$
trap 'rm -f "$part"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$part" || exit 74
told=$(($(wc -c <"$part")))
if [ "$told" -ne "$size" ]; then echo "$told of $size bytes have arrived" >&2; exit 74; fi
chmod "$mode" "$part" && mv -f "$part" "$to" || exit 73
mkdir -p "$home" 2>/dev/null
find_run || claim "$home" || { mkdir "$temporary"; claim "$temporary"; } 2>/dev/null
[ -n "$run" ] && : >"$run/copied-$number"
exit 0
"#
);

/// The exit codes with which [`RECEIVE`] says that it has left what was there: `EX_CANTCREAT` and `EX_IOERR` of sysexits.h.
pub const REFUSALS: [i32; 2] = [73, 74];

/// Tells which files were put in their places under the mark, by their numbers.
pub const RECEIVED: &str = concat!(
    folders!(),
    r#"
echo 'quarterdeck 1'
if find_run; then
  for note in "$run"/copied-*; do [ -f "$note" ] && echo "copied ${note##*-}"; done
fi
echo end
"#
);
