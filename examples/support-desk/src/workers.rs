//! Workers that continue after the response. A worker serves all users, so a job carries its user
//! as a span or as a scope.

use std::thread;

use tokio::sync::mpsc;
use tracing::{Instrument, Span};
use whose::Scope;

use crate::agents::Ticket;

/// The senders of the workers.
#[derive(Clone, Debug)]
pub(crate) struct Workers {
    mail: mpsc::UnboundedSender<MailJob>,
    index: std::sync::mpsc::Sender<IndexJob>,
}

/// The workers. They end when the last [`Workers`] is dropped.
#[derive(Debug)]
pub(crate) struct WorkerHandles {
    mailer: tokio::task::JoinHandle<()>,
    indexer: thread::JoinHandle<()>,
}

/// A job that carries its user in a span.
#[derive(Debug)]
struct MailJob {
    request: String,
    span: Span,
}

/// A job that carries its user in a scope.
#[derive(Debug)]
struct IndexJob {
    ticket: Ticket,
    scope: Scope,
}

impl Workers {
    /// Starts a task and a thread.
    pub(crate) fn start() -> std::io::Result<(Self, WorkerHandles)> {
        let (mail, mails) = mpsc::unbounded_channel();
        let (index, indexes) = std::sync::mpsc::channel();
        let mailer = tokio::spawn(send_mails(mails));
        let indexer = thread::Builder::new()
            .name("indexer".into())
            .spawn(move || index_questions(&indexes))?;
        Ok((Self { mail, index }, WorkerHandles { mailer, indexer }))
    }

    /// Sends the ticket to both workers. A response does not fail if a worker has ended.
    pub(crate) fn follow_up(&self, ticket: Ticket) {
        let request = ticket.request.to_string();
        let span = tracing::info_span!("mail_transcript", request.id = request);
        let scope = Scope::current();
        if self.mail.send(MailJob { request, span }).is_err()
            || self.index.send(IndexJob { ticket, scope }).is_err()
        {
            tracing::error!("a worker has ended");
        }
    }
}

impl WorkerHandles {
    /// Waits until all jobs are done. Returns `false` if a worker failed.
    pub(crate) async fn join(self) -> bool {
        let mailed = self.mailer.await.is_ok();
        // The mailer has ended, so no sender of the indexer is left.
        let indexed = tokio::task::spawn_blocking(move || self.indexer.join().is_ok()).await;
        mailed && indexed.unwrap_or(false)
    }
}

async fn send_mails(mut mails: mpsc::UnboundedReceiver<MailJob>) {
    while let Some(MailJob { request, span }) = mails.recv().await {
        send_mail(&request).instrument(span).await;
    }
}

async fn send_mail(request: &str) {
    tokio::task::yield_now().await;
    tracing::info!(request.id = request, "transcript mailed");
}

fn index_questions(jobs: &std::sync::mpsc::Receiver<IndexJob>) {
    while let Ok(IndexJob { ticket, scope }) = jobs.recv() {
        scope.in_scope(|| index_question(&ticket));
    }
}

#[whose::trace(kind = embedding, fields(request.id = &*ticket.request))]
fn index_question(ticket: &Ticket) {
    let words = ticket.question.split_whitespace().count();
    tracing::info!(request.id = &*ticket.request, words, "question indexed");
}
