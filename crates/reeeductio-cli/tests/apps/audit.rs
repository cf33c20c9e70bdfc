//! `channel audit`.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use reeeductio_client::{ChannelOptions, Identity, NewMember, PolicySpace, Space, SpaceId};
use reeeductio_proto::encoding;

use crate::rig::{PASSWORD, Rig, ask, ended, field, join, json, program, run, text};

/// Audits as ada, with the password in the environment.
fn audit(rig: &Rig, more: &[&str]) -> Command {
    let app = rig.path("app");
    let mut command = program(&["channel", "audit", "--username", "ada", "--app", &app]);
    command.args(more).env("REEEDUCTIO_PASSWORD", PASSWORD);
    command
}

fn audited(rig: &Rig, code: i32, more: &[&str]) -> Output {
    ended(code, audit(rig, more).output().unwrap())
}

/// Lets a user into a channel by the keeper's key, whatever the keeper may do.
async fn overstep(rig: &Rig, channel: SpaceId, newcomer: &Identity) {
    let seed = field(&rig.path("keeper"), "keeper");
    let keeper = Identity::from_seed(&encoding::decode_array(&seed).unwrap());
    let builder = Space::builder(&rig.server.url());
    let space = PolicySpace::open(builder, channel, keeper.tool_id(), keeper).await;
    let user = newcomer.user_id();
    let key = newcomer.decryption_key(0).encryption_key().unwrap();
    let signature = newcomer.sign_encryption_key(&channel, &user, &key);
    let new = NewMember {
        user,
        role: "editor".to_owned(),
        key: Some((key, signature)),
    };
    space.unwrap().members().admit(&new).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_audit_lists_each_admission_and_its_code_says_whether_all_were_the_keeper_s_to_make() {
    let rig = Rig::with_keeper().await;
    let keeper = rig.path("keeper");
    let (ada, bob) = tokio::join!(rig.user("ada"), rig.user("bob"));
    let made = ada
        .channels()
        .create("general", ChannelOptions::default())
        .await
        .unwrap();
    ask(&bob, "general").await;
    run(0, &["keeper", "run", &keeper, "--once"]);
    join(&bob, "general").await.unwrap();

    let clean = json(&audited(&rig, 0, &["general", "--json"]));
    assert_eq!(clean["faults"], 0);
    let admission = &clean["admissions"][0];
    assert_eq!(admission["user"], bob.user().unwrap().id.to_string());
    assert_eq!(
        (&admission["username"], &admission["role"]),
        (&"bob".into(), &"editor".into())
    );
    assert!(admission["fault"].is_null() && admission["at"].as_i64().unwrap() > 0);
    let shown = audited(&rig, 0, &[&made.id().to_string()]);
    assert!(text(&shown.stdout).contains("1 admissions, 0 faults"));

    let stranger = Identity::from_seed(&[77; 32]);
    overstep(&rig, made.id(), &stranger).await;
    let faulty = json(&audited(&rig, 3, &["general", "--json"]));
    assert_eq!(faulty["faults"], 1);
    assert_eq!(
        faulty["admissions"][1]["user"],
        stranger.user_id().to_string()
    );
    assert_eq!(faulty["admissions"][1]["fault"], "not_a_user");
    let shown = audited(&rig, 3, &["general"]);
    assert!(text(&shown.stdout).contains("the user is none of the app"));

    let nowhere = audited(&rig, 1, &["nowhere"]);
    assert!(text(&nowhere.stderr).contains("there is no channel"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_password_comes_from_standard_input_or_the_environment_and_never_from_an_argument() {
    let rig = Rig::with_app().await;
    let ada = rig.user("ada").await;
    let options = ChannelOptions {
        has_keeper: false,
        ..ChannelOptions::default()
    };
    ada.channels().create("general", options).await.unwrap();
    let (url, key) = (rig.server.url(), field(&rig.path("app"), "app_key"));
    let words = [
        "channel",
        "audit",
        "general",
        "--username",
        "ada",
        "--app-key",
        &key,
    ];
    let words = [&words[..], &["--base-url", &url]].concat();
    let asked = run(1, &words);
    assert!(text(&asked.stderr).contains("--password-stdin"));
    let given = |password: &str| {
        let mut command = program(&words);
        command.arg("--password-stdin").stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{password}").unwrap();
        drop(input);
        child.wait_with_output().unwrap()
    };
    let empty = ended(0, given(PASSWORD));
    assert!(text(&empty.stdout).contains("0 admissions, 0 faults"));
    let wrong = ended(1, given("not the password of ada"));
    let said = text(&wrong.stderr);
    assert!(
        said.contains("cannot log in ada") && !said.contains("not the password"),
        "{said}"
    );
    run(2, &[&words[..], &["--password", PASSWORD]].concat());
    run(2, &["channel", "audit", "general", "--username", "ada"]);
}
