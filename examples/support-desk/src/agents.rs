//! The agents call each other, a tool and a model. No function passes a user, and each span has
//! one.
//!
//! A ticket contains the id of its request, and each span records the id as a field. The check
//! compares records by this id, which is independent of the attribution.

use std::sync::Arc;

use crate::desk_error::DeskError;
use crate::model::ModelClient;

/// A question on its way through the agents.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    /// The id of the request of the question.
    pub(crate) request: Arc<str>,
    /// The id of the customer, if one is signed in.
    pub(crate) customer: Option<String>,
    pub(crate) question: String,
}

/// Chooses the agent that answers the question.
#[whose::trace(agent = "triage", fields(request.id = &*ticket.request))]
pub(crate) async fn triage(model: &ModelClient, ticket: &Ticket) -> Result<String, DeskError> {
    let articles = search(ticket).await?;
    let prompt = format!(
        "In one word, what is this about?\n{}\n{articles}",
        ticket.question
    );
    model
        .complete(&ticket.request, "You sort questions.", &prompt)
        .await?;
    // A word of the question decides, so that a run is the same with any model.
    match ticket.customer.as_deref() {
        Some(customer) if ticket.question.contains("invoice") => {
            billing(model, customer, ticket).await
        }
        _ => answer(model, ticket, &articles).await,
    }
}

/// Answers from the articles.
#[whose::trace(agent = "answer", fields(request.id = &*ticket.request))]
async fn answer(model: &ModelClient, ticket: &Ticket, articles: &str) -> Result<String, DeskError> {
    let prompt = format!(
        "Answer from these articles.\n{articles}\n{}",
        ticket.question
    );
    let text = model
        .complete(&ticket.request, "You are a support desk.", &prompt)
        .await?;
    Ok(text)
}

/// Answers a question about money. It needs the customer, so the user id is an explicit argument.
#[whose::trace(user_id, agent = "billing", fields(request.id = &*ticket.request))]
async fn billing(model: &ModelClient, user_id: &str, ticket: &Ticket) -> Result<String, DeskError> {
    let amount = find_invoice(user_id, ticket).await?;
    tracing::info!(request.id = &*ticket.request, amount, "invoice found");
    let prompt = format!("The invoice is over {amount} dollars.\n{}", ticket.question);
    let text = model
        .complete(&ticket.request, "You explain invoices.", &prompt)
        .await?;
    Ok(text)
}

/// Returns the amount of the invoice in the question.
#[whose::trace(kind = tool, fields(request.id = &*ticket.request), err)]
async fn find_invoice(customer: &str, ticket: &Ticket) -> Result<usize, DeskError> {
    tokio::task::yield_now().await;
    let digits = ticket.question.split(|c: char| !c.is_ascii_digit());
    let number = digits.filter_map(|digits| digits.parse().ok()).next();
    match number.unwrap_or_default() {
        // Every customer has the invoices 1 to 999.
        number @ 1..=999 => Ok((number + customer.len()) % 90 + 10),
        number => Err(DeskError::NoSuchInvoice(number)),
    }
}

/// Summarizes a case for an operator.
#[whose::trace(agent = "summarize", fields(request.id = request, case = case))]
pub(crate) async fn summarize(
    model: &ModelClient,
    request: &str,
    case: &str,
) -> Result<String, DeskError> {
    // The case id has no meaning for the model and stays private.
    let prompt = "Sum up: the export stopped on Monday, and a restart did not help.";
    let text = model.complete(request, "You sum up cases.", prompt).await?;
    Ok(text)
}

/// Searches all sources at once, each in its own task.
#[whose::trace(kind = tool, fields(request.id = &*ticket.request))]
async fn search(ticket: &Ticket) -> Result<String, DeskError> {
    // Not `tokio::spawn`, which would lose the scope.
    let manual = whose::task::spawn(read_source("manual", ticket.clone()));
    let forum = whose::task::spawn(read_source("forum", ticket.clone()));
    Ok(format!("{}\n{}", manual.await?, forum.await?))
}

#[whose::trace(kind = retriever, fields(request.id = &*ticket.request, source = source))]
async fn read_source(source: &'static str, ticket: Ticket) -> String {
    tokio::task::yield_now().await;
    tracing::info!(request.id = &*ticket.request, source, "article found");
    format!("From the {source}: restart it, then look at the settings.")
}
