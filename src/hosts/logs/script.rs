//! What runs at the other end.
//!
//! A command without a terminal goes on at the host when the connection ends, until it writes: `docker logs --follow` of
//! a container that writes nothing would stay for ever. So each runs in a session of its own, with a guard that reads
//! standard input: that is open for as long as somebody follows, and its end is the end of the command.

use std::hash::{BuildHasher as _, RandomState};

use crate::model::log::feed::{Followed, SINCE};
use crate::model::log::line::Millis;
use crate::ssh::Command;

/// Says `$1` once it runs, then runs `$2` with the shell, until that ends or nobody follows.
const GUARDED: &str = r#"
exec 3<&0
printf '%s\n' "$1"
own_session=
command -v setsid >/dev/null 2>&1 && own_session=setsid
$own_session sh -c "$2" quarterdeck "$3" "$4" "$5" "$1" 3<&- </dev/null & own=$!
{ cat <&3; kill -- "-$own" || kill "$own"; } >/dev/null 2>&1 & guard=$!
wait "$own"; code=$?
kill "$guard" 2>/dev/null
[ -z "$own_session" ] || kill -- "-$own" 2>/dev/null
exit "$code"
"#;

/// The logs of the containers that are an app's: `$1` is its folder, `$2` the moment from which on, in seconds since
/// 1970, `$3` is empty where they are not to be followed, `$4` what nothing else says.
///
/// Each line is a container's name, a tab, and what docker tells: the time and the text; or `$4` where the container's
/// log is read anew from a few seconds before it broke off. That happens when it is started again, and when the daemon
/// is: while that is away nobody knows of any container, so only where it says that there is none, none is looked for
/// any more. The name is docker's, in which nothing stands that `sed` would obey.
const CONTAINERS: &str = r#"
LC_ALL=C; export LC_ALL
folder=$(cd "$1" 2>/dev/null && pwd -P) || { echo "there is no folder $1" >&2; exit 3; }
anew=$4; tab=$(printf '\t'); unbuffered=
echo | sed -u p >/dev/null 2>&1 && unbuffered=-u
state() { docker inspect --format '{{.State.Running}} {{.State.StartedAt}}' "$1" 2>/dev/null; }
again() {
  while :; do
    sleep 2
    if now=$(state "$1"); then
      case $now in true*) return 0 ;; esac
      [ "${now#* }" = "${2#* }" ] || return 0
    elif all=$(docker ps -aq --no-trunc 2>/dev/null); then
      case $all in *"$1"*) ;; *) return 1 ;; esac
    fi
  done
}
tell() {
  from=$3
  while :; do
    begun=$(state "$1")
    docker logs --timestamps --since "$from" ${4:+--follow} "$1" 2>&1 | sed $unbuffered "s/^/$2$tab/"
    [ -n "$4" ] || return
    from=$(($(date +%s) - 5))
    again "$1" "$begun" || return
    printf '%s\t%s\n' "$2" "$anew"
  done
}
known=' '; from=$2
while :; do
  told=$(docker ps -a --no-trunc --format '{{.ID}}\t{{.Names}}\t{{.Label "com.docker.compose.project.working_dir"}}' 2>&1) ||
    { printf '%s\n' "$told" | tail -n 1 >&2; exit 4; }
  while IFS=$tab read -r id name place; do
    case $place in "$folder" | "$folder"/*) ;; *) continue ;; esac
    case $known in *" $id "*) continue ;; esac
    case $name in *[!A-Za-z0-9_.-]*) continue ;; esac
    known="$known$id "
    tell "$id" "$name" "$from" "$3" &
  done <<EOT
$told
EOT
  [ "$known" != ' ' ] || { echo "no container was started from $folder" >&2; exit 5; }
  [ -n "$3" ] || break
  sleep 5
done
wait
"#;

/// The command that is run for what is followed, from a moment on. It says `nonce` once it runs.
pub(super) fn command(what: &Followed, nonce: &str, since: Millis, goes_on: bool) -> Command {
    let seconds = since.0.div_euclid(1_000).max(0).to_string();
    let guarded = Command::script(GUARDED).arg(nonce);
    match what {
        Followed::Containers(folder) => guarded.arg(CONTAINERS).arg(folder).arg(&seconds).arg(if goes_on { "follow" } else { "" }),
        Followed::Line(line) => guarded.arg(&line.replace(SINCE, &seconds)),
    }
}

/// A line that nothing else says: by it the beginning of a command is known, and what a login shell says before it is not
/// taken for a log.
pub(super) fn nonce() -> String {
    // The keys of a hasher are drawn anew each time.
    let draw = || RandomState::new().hash_one(());
    format!("quarterdeck-{:016x}{:016x}", draw(), draw())
}
