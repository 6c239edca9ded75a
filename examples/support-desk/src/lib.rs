//! A support desk on axum whose agents answer customers with a language model. Many visitors use it
//! at once, and each record has the user and the session that caused it.
//!
//! Without `--serve`, the program sends the visitors, prints what the store contains, and checks
//! every record. On a terminal, the program then serves the pages of the store until Ctrl-C. Exit
//! code 0: every record is right; 1: a record is wrong or missing; 2: the run failed.

mod accounts;
mod agents;
mod app;
mod caller;
mod check;
mod desk;
mod desk_error;
mod digest;
mod error;
mod expectations;
mod interrupt;
mod model;
mod offline_model;
mod pages;
mod report;
mod service;
mod setup;
mod visitors;
mod workers;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use whose_store::{Queries, Query, Reader, Store};

use crate::error::BoxError;
use crate::expectations::Expectations;
use crate::service::Service;
use crate::setup::Model;
use crate::visitors::Plan;

/// A support desk with agents that checks the user and session of every record
#[derive(Debug, Parser)]
#[command(after_help = "Environment:
  OPENAI_BASE_URL  the model server, such as https://api.openai.com/v1 [default: an offline server]
  OPENAI_API_KEY   the API key of the server
  OPENAI_MODEL     the model [default: gpt-4o-mini]
  RUST_LOG         the filter of log lines on stderr, such as info")]
struct Args {
    /// Keep the desk running for curl, without visitors
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:3000")]
    serve: Option<SocketAddr>,
    /// The number of concurrent visitors besides the operator; one in four stays anonymous
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        conflicts_with = "serve"
    )]
    visitors: usize,
    /// The number of questions of each visitor
    #[arg(long, value_name = "N", default_value_t = 10, conflicts_with = "serve")]
    requests: usize,
    /// The file of the store, which must not exist [default: a new temporary file]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
    /// Exit after the check. Without this option, a run on a terminal then serves the pages of the
    /// store until Ctrl-C
    #[arg(long, conflicts_with = "serve")]
    no_serve: bool,
}

/// Runs the command `support-desk` with the arguments of the process.
///
/// The tests of the pages call it in a process of their own, to fill a store.
pub async fn run_command_line() -> ExitCode {
    match run(Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("support-desk: {}", error::chain(&*error));
            ExitCode::from(2)
        }
    }
}

async fn run(args: Args) -> Result<bool, BoxError> {
    // Leaves one file with every record, even if the run fails.
    let _shutdown = whose::shutdown_guard();
    let store = setup::new_store(args.db.as_deref())?;
    setup::subscribe(store.clone());
    setup::install_tls_provider();
    let model = setup::model().await?;
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let service = Service::open(args.serve.unwrap_or(loopback), model.client.clone()).await?;
    print_setup(&service, &model, &store);
    let plan = Plan {
        visitors: args.visitors,
        requests: args.requests,
    };
    let expectations = match args.serve {
        Some(_) => {
            // Runs the desk until the first Ctrl-C.
            interrupt::wait(|| print_instructions(&service.base_url())).await?;
            None
        }
        None => Some(send_visitors(&service, plan).await?),
    };
    service.close().await?;
    let path = store.path().to_owned();
    tokio::task::spawn_blocking(move || digest::write(&path)).await??;
    if !whose::flush(Duration::from_secs(10)).is_complete() {
        return Err(format!("some records are not on disk: {:?}", store.stats()).into());
    }
    let is_good = report(&store, &model, expectations.as_ref())?;
    if args.serve.is_none() && !args.no_serve && pages::has_reader() {
        pages::serve(store.path()).await?;
    }
    Ok(is_good)
}

fn print_setup(service: &Service, model: &Model, store: &Store) {
    println!("support desk  {}", service.base_url());
    let server = match model.offline {
        Some(_) => "offline, canned answers",
        None => "from OPENAI_BASE_URL",
    };
    println!("model         {} at {}: {server}", model.name, model.url);
    println!("store         {}", store.path().display());
}

fn print_instructions(url: &str) {
    println!(
        "
Sign in, ask, and sign out (every address name@customer.example with a name such as ada or grace
has an account; olive@desk.example is the operator):

  curl {url}/login  --json '{{\"email\": \"ada@customer.example\"}}' -H 'x-session-id: visit-1'
  curl {url}/chat   --json '{{\"message\": \"Why is invoice 17 so high?\"}}' -H 'x-session-id: visit-1' -H 'authorization: Bearer TOKEN'
  curl {url}/operator/review --json '{{\"case\": \"visit-1\"}}' -H 'authorization: Bearer TOKEN'
  curl {url}/logout --json '{{}}' -H 'x-session-id: visit-1' -H 'authorization: Bearer TOKEN'

Ctrl-C closes the desk and prints a report; a second Ctrl-C exits at once."
    );
}

/// Sends the visitors and returns the expected records.
async fn send_visitors(service: &Service, plan: Plan) -> Result<Expectations, BoxError> {
    println!(
        "visitors      {} signed in, {} anonymous, 1 operator: {} requests over HTTP",
        plan.visitors - plan.anonymous(),
        plan.anonymous(),
        plan.total()
    );
    let bar = ProgressBar::new(plan.total());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} requests  {elapsed}")?;
    bar.set_style(style);
    if setup::shows_log() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let start = Instant::now();
    let expectations = visitors::run(&service.base_url(), plan, &bar).await;
    bar.finish_and_clear();
    let expectations = expectations?;
    println!(
        "              done in {:.1} s",
        start.elapsed().as_secs_f64()
    );
    let unanswered = expectations
        .values()
        .filter(|request| request.unanswered)
        .count();
    if unanswered > 0 {
        println!(
            "              {unanswered} requests failed in the model server: set RUST_LOG=warn for the errors"
        );
    }
    Ok(expectations)
}

/// Prints the contents of the store, and returns whether the check passed.
fn report(
    store: &Store,
    model: &Model,
    expectations: Option<&Expectations>,
) -> Result<bool, BoxError> {
    let reader = Reader::open(store.path())?;
    report::print_users(&reader)?;
    report::print_costs(&reader)?;
    report::print_coverage(&reader)?;
    let is_good = match expectations {
        None => true,
        Some(expectations) => {
            let (records, outside) = check::load(&reader)?;
            let verdict = check::check(&records, expectations);
            report::print_verdict(&verdict, expectations.len(), outside);
            let tokens = report::print_tokens(&reader, model.offline.as_ref())?;
            let digest = report::print_digest(&reader)?;
            let is_good = verdict.is_good() && tokens && digest;
            report::print_conclusion(is_good);
            is_good
        }
    };
    let user = reader.users(&Query::new().limit(1))?.next().transpose()?;
    report::print_next_commands(store.path(), user.and_then(|user| user.id).as_deref());
    Ok(is_good)
}
