use super::*;
use crate::environment::Place;
use crate::moment::Moment;

fn machine() -> Machine {
    let at = Moment::from_millis(1_800_000_000_000);
    Machine {
        place: Place { account: "1".into(), region: "eu-west-1".into() },
        id: 7,
        reservation: 1,
        zone: 0,
        kind: "t3.micro".into(),
        ami: "ami-1".into(),
        launched: at,
        ended: None,
        power: crate::compute::machine::Power::Running,
        checked: true,
        tags: [].into(),
        container: Some(Container {
            name: "shop".into(),
            image: "1.dkr.ecr.eu-west-1.amazonaws.com/shop".into(),
            tag: "latest".into(),
            digest: Some("sha256:ab".into()),
            commit: "abc".into(),
            started: at,
        }),
        answers: crate::compute::machine::Answers::Well,
        usual: crate::compute::machine::Answers::Well,
        stillborn: false,
        protected: false,
        managed: true,
        files: [("/srv/version".to_owned(), "v7\n".to_owned())].into(),
        folders: ["/taken".to_owned()].into(),
        deploys: crate::compute::machine::Deploys::Well,
        turn: 0,
    }
}

#[test]
fn commands_that_read_answer_and_others_are_not_found() {
    let cases = [
        ("cat /srv/version", 0, "v7\n", ""),
        ("cat /srv/none", 1, "", "cat: /srv/none: No such file or directory\n"),
        ("docker inspect --format '{{.Config.Image}}' shop", 0, "1.dkr.ecr.eu-west-1.amazonaws.com/shop:latest\n", ""),
        ("sudo docker inspect -f '{{.Image}}' shop", 0, "sha256:ab\n", ""),
        ("docker inspect --format='{{range .Config.Env}}{{println .}}{{end}}' shop", 0, "GIT_COMMIT=abc\n", ""),
        ("docker inspect --format '{{index .Config.Labels \"org.opencontainers.image.revision\"}}' shop", 0, "abc\n", ""),
        ("docker inspect --format '{{.Image}}' till", 1, "", "Error: No such object: till\n"),
        ("docker inspect --format '{{.Nope}}' shop", 1, "", "template: :1:2: executing \"\" at <.Nope>: map has no entry for key\n"),
        ("docker ps --format '{{.Image}} {{.Names}}'", 0, "1.dkr.ecr.eu-west-1.amazonaws.com/shop:latest shop\n", ""),
        ("rm -rf /", 127, "", "sh: line 1: rm: command not found\n"),
        ("mkdir /a || exit 75", 0, "", ""),
        (
            "mkdir /taken || { [ -d /taken ] && exit 75; exit 73; }; echo never",
            75,
            "",
            "mkdir: cannot create directory '/taken': File exists\n",
        ),
        ("[ -d /none ] || { echo a; echo b; } && echo c", 0, "a\nb\nc\n", ""),
        ("cat /srv/none; echo well", 0, "well\n", "cat: /srv/none: No such file or directory\n"),
        ("mkdir /taken || exit 75; echo never", 75, "", "mkdir: cannot create directory '/taken': File exists\n"),
        ("mkdir -p -m 700 /taken && echo well", 0, "well\n", ""),
        ("cat /srv/none && echo yes", 1, "", "cat: /srv/none: No such file or directory\n"),
        ("echo a; echo 'b  c'", 0, "a\nb  c\n", ""),
    ];
    for (line, code, out, err) in cases {
        let done = run(&machine(), &[line.to_owned()]);
        assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (code, out, err), "{line}");
    }
}

#[test]
fn a_deploy_says_what_it_starts_and_a_failure_what_went_wrong() {
    let of = |deploys| run(&Machine { deploys, ..machine() }, &["make ecr-deploy IMAGE_TAG=abc".to_owned()]);
    let well = of(Deploys::Well);
    assert_eq!((well.code, well.started.as_deref()), (0, Some("abc")));
    assert!(well.out.starts_with("docker pull 1.dkr.ecr.eu-west-1.amazonaws.com/shop:abc\n"));
    let fails = of(Deploys::Fails);
    assert_eq!((fails.code, fails.started), (2, None));
    assert!(fails.err.ends_with("Error 1\n"));
    let full = run(&Machine { deploys: Deploys::Full, ..machine() }, &["mkdir /a || { [ -d /a ] && exit 75; exit 73; }".to_owned()]);
    assert_eq!((full.code, full.err.as_str()), (73, "mkdir: cannot create directory '/a': No space left on device\n"));
    assert!(deploys(&["cd /srv && make ecr-deploy".to_owned()]) && !deploys(&["make test".to_owned()]));
}
