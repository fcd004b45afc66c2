//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use doornail::inventory::secret_ref::SecretRef;
use doornail::schemas::FileKind;

/// Offboarding drills that prove, by use, that a departed supplier's access has ended.
///
/// A drill uses every credential of a supplier, runs your offboarding procedure, and uses every
/// credential again until each is refused for good. Without `--env` it plays on built-in mocks and
/// touches nothing outside this machine. On a real environment `--confirm` rehearses: it makes users,
/// apps and credentials of its own, ends those, and removes them. With `--terminate` it READS with the
/// supplier's own credentials and REVOKES through your administrators.
///
/// Example: doornail run features/drills/contract-end.feature --supplier acme
#[derive(Debug, Parser)]
#[command(name = "doornail", version, after_help = AFTER)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The project folder: suppliers/, procedures/, platforms/, features/, doornail.yaml.
    #[arg(long, global = true, value_name = "DIR", default_value = ".", env = "DOORNAIL_PROJECT")]
    pub(crate) project: PathBuf,

    /// Colour: by default only on a terminal, and not if NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

const AFTER: &str = "\
Exit codes: 0 all proven dead, controls fine; 1 something still works or came back; 2 usage, \
configuration, unreadable input; 3 inconclusive left; 4 nothing proven; 5 a bystander was harmed; \
6 clean-up incomplete; 130/143 stopped. The worst wins: 5 > 1 > 6 > 4 > 3.";

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Plays scenarios and writes reports.
    Run(RunOptions),
    /// Checks inventory, descriptions, procedures and features; with --env, our identities too.
    ///
    /// Nothing is sent unless an environment is named and typed again. It reads only: who each identity is, whose
    /// tenant it is in, and the first page of everything that is listed. Exit 4 if one is not let in or is in another
    /// tenant than expected, 3 if something cannot be listed.
    Check(CheckOptions),
    /// Prints what a procedure would do, to what, and what it is known to spare. Sends nothing.
    Plan(PlanOptions),
    /// Approves a plan, with the approver's private key.
    ///
    /// What is signed with Ed25519 is the line `doornail-approval/1` and, on a second line, the SHA-256 of the plan's
    /// file in hexadecimal, each with its line feed. The approval is base64 of the signature: any tool can make it.
    Approve(ApproveOptions),
    /// Uses every credential of a supplier once and prints the verdicts.
    Probe(ProbeOptions),
    /// Serves the built-in mocks to other programs.
    Mock(MockOptions),
    /// Lists every step a feature can use.
    Steps,
    /// Lists platforms, or prints one platform's credentials, doors and kill/spare matrix.
    Platforms(PlatformsOptions),
    /// Proves everything of a supplier to work, for an offboarding that somebody else will carry out.
    ///
    /// It reads only, and leaves alone what each use would replace. `verify` follows what becomes of it.
    /// Arm days before, and again within the hour before the end.
    Arm(ArmOptions),
    /// Has the supplier use a credential that only it holds, once, and sign what came of it.
    ///
    /// We make a request (`--for RUN`), which holds nothing secret; the supplier answers it (`--request FILE`) with a
    /// key of its own (`--new-key FILE` makes one, and prints the public key for our inventory). The secret never
    /// leaves it. `arm --again`, `verify` and `recheck` take the answer in: `--witnessed FILE`.
    Witness(WitnessOptions),
    /// Follows an offboarding that somebody else carried out, from the run that armed it.
    ///
    /// It ends nothing. Exposure counts from the time you give. The run's journal goes on in the same chain.
    Verify(FollowOptions),
    /// Looks again, days later, at what a run on a real environment demanded to end.
    ///
    /// Every credential that the inventory still has is used until its refusals would confirm a death anew;
    /// what came back is a revenant. It reads only. The run's journal goes on in the same chain, and its
    /// reports are written again.
    Recheck(RecheckOptions),
    /// Goes on with a run on a real environment that was cut off, or whose watch is not over.
    ///
    /// It reads only: what was to be ended and was not stays so, and is said. Every credential that the inventory
    /// still has is used again, demands without an answer are followed to one, and those that had not been made
    /// yet are made. With `chase: {longest_wait: 30m}` in doornail.yaml a run does not wait for the end of a long
    /// watch: come again now and then, and at its end. The run's journal goes on in the same chain.
    Resume(RecheckOptions),
    /// Removes what a rehearsal made and may have left behind, such as one that was killed.
    ///
    /// Only what the run's journal says it made is looked for, by its name, and removed; what is gone already
    /// is fine. Nothing has to be typed again, and it may be done again at any time.
    Clean(CleanOptions),
    /// Lists the runs there are, and how each ended.
    Status(StatusOptions),
    /// Prints the JSON Schema of a file you write, for your editor, or lists them.
    Schema(SchemaOptions),
    /// Renders a report of an earlier run again from its journal.
    Report(ReportOptions),
    /// Checks the hash chain of a run's journal.
    VerifyJournal(VerifyOptions),
}

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    /// Feature files or folders; the project's features/ by default, or the bundled drills.
    pub(crate) features: Vec<PathBuf>,
    /// Only scenarios this tag expression selects (default: "not @demo").
    #[arg(long, value_name = "EXPRESSION")]
    pub(crate) tags: Option<String>,
    /// Whom "the supplier" means.
    #[arg(long, value_name = "ID")]
    pub(crate) supplier: Option<String>,
    /// Where the run's folder is made.
    #[arg(long, value_name = "DIR", default_value = "doornail-runs", env = "DOORNAIL_RUNS")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) ground: GroundOptions,
    /// The approval of exactly this run, where its environment asks for one.
    #[arg(long, value_name = "FILE")]
    pub(crate) approval: Option<PathBuf>,
    /// Asks nobody: what a person was to do is recorded as not done, and said so.
    #[arg(long)]
    pub(crate) non_interactive: bool,
    /// Says what happens, event by event; twice, every probe.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Breaks a mocked platform, as PLATFORM=FAULT; for testing doornail itself.
    #[arg(long, value_name = "PLATFORM=FAULT", hide = true)]
    pub(crate) mock_fault: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct GroundOptions {
    /// The environment of doornail.yaml to play on; the built-in mocks by default.
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Types the environment's name again: without it a real run is a dry run.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// Types the supplier's id: its real access will be ended, instead of a rehearsal on canaries.
    #[arg(long, value_name = "ID")]
    pub(crate) terminate: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// Feature files or folders; the project's features/ by default, or the bundled drills.
    pub(crate) features: Vec<PathBuf>,
    /// Also asks the platforms of this environment who each of our identities is, and what it is let read.
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Types the environment's name again: without it nothing is sent.
    #[arg(long, value_name = "NAME", requires = "environment")]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanOptions {
    /// The procedure; all of the project's by default.
    #[arg(long, value_name = "ID")]
    pub(crate) procedure: Option<String>,
    /// The supplier.
    #[arg(long, value_name = "ID")]
    pub(crate) supplier: Option<String>,
    /// The environment of doornail.yaml; the built-in mocks by default.
    #[arg(long = "env", value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// Prints what those who watch the platforms' logs should know of a rehearsal, and nothing else.
    #[arg(long, requires = "environment")]
    pub(crate) announce: bool,
    /// Writes the plan of the run that these options would begin, for whoever has to approve it.
    #[arg(long, value_name = "FILE", requires = "environment")]
    pub(crate) out_plan: Option<PathBuf>,
    /// With --out-plan: the feature files or folders of that run.
    #[arg(long, value_name = "PATH", requires = "out_plan")]
    pub(crate) features: Vec<PathBuf>,
    /// With --out-plan: the tags of that run.
    #[arg(long, value_name = "EXPRESSION", requires = "out_plan")]
    pub(crate) tags: Option<String>,
    /// With --out-plan: that run ends the real access of this supplier, and is no rehearsal.
    #[arg(long, value_name = "ID", requires = "out_plan")]
    pub(crate) terminate: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ApproveOptions {
    /// The plan that `doornail plan --out-plan` wrote.
    pub(crate) plan: PathBuf,
    /// Where the approver's private key is: env:NAME, file:PATH, "cmd:PROGRAM ARGUMENTS" or prompt:LABEL.
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) key: SecretRef,
    /// Where the approval is written; beside the plan by default, as PLAN.approval.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ProbeOptions {
    /// The supplier.
    #[arg(long, value_name = "ID")]
    pub(crate) supplier: Option<String>,
    #[command(flatten)]
    pub(crate) ground: GroundOptions,
    /// Where the run's folder is made.
    #[arg(long, value_name = "DIR", default_value = "doornail-runs", env = "DOORNAIL_RUNS")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct MockOptions {
    #[command(subcommand)]
    pub(crate) command: MockCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MockCommand {
    /// Serves mocks on loopback until a signal, and prints their addresses and secrets.
    ///
    /// Each run begins with the same population and the same secrets: two suppliers, acme and globex, and
    /// an administrator. Nothing outside this machine is reached or can reach them.
    ///
    /// Example: doornail mock serve zendesk slack > mocks.env   (elsewhere: . ./mocks.env)
    Serve(ServeOptions),
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// The platforms; all by default.
    #[arg(value_name = "PLATFORM")]
    pub(crate) platforms: Vec<String>,
    /// How they begin: a YAML file with any of `faults: {zendesk: survives-deactivation}`, `by_hand:
    /// [{platform: zendesk, action: delete_api_token, object: "501"}]`, `listen: {ZENDESK_URL:
    /// 127.0.0.1:8123}`.
    #[arg(long, value_name = "FILE")]
    pub(crate) seed: Option<PathBuf>,
    /// How the variables are printed: lines for a shell, or one JSON object.
    #[arg(long, value_name = "FORM", default_value = "env")]
    pub(crate) format: Variables,
    /// How many times as fast as real time the mocks' time runs, up to 100000. A drill on them keeps their time if
    /// DOORNAIL_CLOCK is set as printed.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) clock_scale: u32,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Variables {
    Env,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct PlatformsOptions {
    /// The platform to print; all in short by default.
    pub(crate) name: Option<String>,
    /// Prints all of them as one page of Markdown.
    #[arg(long, conflicts_with = "name")]
    pub(crate) markdown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaOptions {
    /// Which file: config, supplier, procedure, platform or seed. Without one, all are listed.
    #[arg(value_name = "FILE", value_parser = file_kinds(), hide_possible_values = true)]
    pub(crate) file: Option<String>,
}

fn file_kinds() -> clap::builder::PossibleValuesParser {
    FileKind::all().iter().map(|kind| kind.name).collect::<Vec<_>>().into()
}

#[derive(Debug, Args)]
pub(crate) struct ReportOptions {
    /// The run's folder, or its id below doornail-runs/.
    pub(crate) run: PathBuf,
    /// The form: text, html, markdown, junit or json.
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(crate) format: String,
}

#[derive(Debug, Args)]
pub(crate) struct ArmOptions {
    /// The supplier.
    #[arg(long, value_name = "ID")]
    pub(crate) supplier: Option<String>,
    /// The environment of doornail.yaml.
    #[arg(long = "env", value_name = "NAME", required_unless_present = "again")]
    pub(crate) environment: Option<String>,
    /// Types the environment's name again: without it nothing is sent.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// Arms a run once more that was armed before: its folder, or its id below doornail-runs/. The chain of evidence
    /// goes on.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["supplier", "environment", "out"])]
    pub(crate) again: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) witnessed: Witnessed,
    /// Where the run's folder is made.
    #[arg(long, value_name = "DIR", default_value = "doornail-runs", env = "DOORNAIL_RUNS")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Witnessed {
    /// What a supplier signed for this run with `doornail witness`; may be given again.
    #[arg(long = "witnessed", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct WitnessOptions {
    /// Makes a key pair: the private key into this new file; the public key is printed.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ask_for", "request"])]
    pub(crate) new_key: Option<PathBuf>,
    /// Makes a request for a run that was armed: its folder, or its id below doornail-runs/.
    #[arg(long = "for", value_name = "RUN", conflicts_with = "request")]
    pub(crate) ask_for: Option<PathBuf>,
    /// With --for: the credential, as our inventory calls it.
    #[arg(long, value_name = "ID", requires = "ask_for")]
    pub(crate) credential: Option<String>,
    /// With --for: it is to be used before the end of access.
    #[arg(long, requires = "ask_for")]
    pub(crate) before: bool,
    /// With --for: it is to be used after the end of access.
    #[arg(long, requires = "ask_for", conflicts_with = "before")]
    pub(crate) after: bool,
    /// With --for: types the name of the run's environment again.
    #[arg(long, value_name = "NAME", requires = "ask_for")]
    pub(crate) confirm: Option<String>,
    /// Answers a request.
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// With --request: the private key, as env:NAME, file:PATH, cmd:PROGRAM or prompt:LABEL.
    #[arg(long, value_name = "REFERENCE", requires = "request")]
    pub(crate) key: Option<String>,
    /// With --request: where a secret field of the credential is, as in token=env:NAME; asked for otherwise.
    #[arg(long, value_name = "FIELD=REFERENCE", requires = "request")]
    pub(crate) secret: Vec<String>,
    /// With --request: the host at which it may be used, so that a forged request cannot have it sent elsewhere.
    #[arg(long, value_name = "HOST", requires = "request")]
    pub(crate) host: Option<String>,
    /// With --request: the name of the place; use it from the same one before and after.
    #[arg(long, value_name = "NAME", requires = "request")]
    pub(crate) vantage: Option<String>,
    /// The new file that the request or the answer is written to.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct FollowOptions {
    /// The run that `arm` made: its folder, or its id below doornail-runs/.
    #[arg(long, value_name = "RUN")]
    pub(crate) armed: PathBuf,
    /// When the end was ordered, as 2026-12-31T17:00:00+01:00.
    #[arg(long, value_name = "TIME")]
    pub(crate) terminated_at: jiff::Timestamp,
    /// When the first action was taken, if that is known: exposure is told from there, too.
    #[arg(long, value_name = "TIME")]
    pub(crate) first_action_at: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub(crate) witnessed: Witnessed,
    /// The ticket it was ordered by.
    #[arg(long, value_name = "REF")]
    pub(crate) ticket: String,
    /// By when everything has to be dead, counted from then; without it, by now.
    #[arg(long, value_name = "SPAN")]
    pub(crate) within: Option<doornail::span::Span>,
    /// Types the name of the run's environment again: without it nothing is sent.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RecheckOptions {
    /// The run's folder, or its id below doornail-runs/.
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) witnessed: Witnessed,
    /// Types the name of the run's environment again: without it nothing is sent.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CleanOptions {
    /// The run's folder, or its id below doornail-runs/.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) run: Option<PathBuf>,
    /// Every run there is.
    #[arg(long)]
    pub(crate) all: bool,
    /// Where the runs are.
    #[arg(long, value_name = "DIR", default_value = "doornail-runs", env = "DOORNAIL_RUNS")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StatusOptions {
    /// Where the runs are.
    #[arg(long, value_name = "DIR", default_value = "doornail-runs", env = "DOORNAIL_RUNS")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyOptions {
    /// The run's folder, or its id below doornail-runs/.
    pub(crate) run: PathBuf,
}
