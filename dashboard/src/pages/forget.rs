//! Erasing a user: the form, and the receipt.

use maud::{Markup, html};
use whose_store::{ForgetPreview, ForgetReport, Mentions, Remnant};

use super::layout::page;
use super::view::{PageBody, PageContext};
use crate::url_query::href;
use crate::values::{escape, format_number, pluralize};

const PATH: &str = "/forget";

/// The page that asks for confirmation.
pub(crate) fn forget_page(user: &str, preview: &ForgetPreview, context: &PageContext) -> Markup {
    let late = match preview.late_records {
        0 => String::new(),
        late => format!(" and {} from before a login", pluralize(late, "record")),
    };
    let content = html! {
        p {
            span.id { (escape(user)) } " has " (pluralize(preview.records, "record")) (late)
            ", in " (pluralize(preview.sessions, "session")) "."
        }
        @if let Some(time) = preview.forgotten {
            p { "The user was already erased at " (format!("{time:.3}")) "." }
        }
        (mentions(&preview.mentions))
        (forget_form(user, context.query.get("reason")))
        (out_of_reach())
    };
    page(&PageBody::new(title(user), content), context)
}

/// The form that erases a user. The reader types the id, and enters the token for erasing.
fn forget_form(user: &str, reason: Option<&str>) -> Markup {
    html! {
        form.forget action=(PATH) method="post" {
            h2 { "Erase this user" }
            fieldset {
                legend { "What becomes of the records? This cannot be undone." }
                label {
                    input type="radio" name="records" value="erase" checked;
                    " Erase every record of the user."
                }
                label {
                    input type="radio" name="records" value="pseudonymise";
                    " Erase the content, and keep times, call sites, tokens and costs under a random id."
                }
            }
            input type="hidden" name="user" value=(user);
            @if let Some(reason) = reason {
                input type="hidden" name="reason" value=(reason);
            }
            label for="confirm" { "Type the id to confirm: " span.id { (escape(user)) } }
            input #confirm type="text" name="confirm" required autocomplete="off" spellcheck="false";
            label for="forget-token" { "Token for erasing" }
            input #forget-token type="password" name="token" autocomplete="off" spellcheck="false"
                required;
            button.danger type="submit" { "Erase" }
        }
    }
}

/// What was done, and what is out of reach.
pub(crate) fn receipt_page(user: &str, report: &ForgetReport, context: &PageContext) -> Markup {
    let swept = &report.swept;
    let rows = [
        ("Erased records", report.records),
        ("Records without content", report.pseudonymised),
        ("of both, from before a login", report.late_records),
        ("Records that waited to be sent", report.unsent),
        ("Reasons in the access log", report.reasons),
        ("Texts that nothing else refers to", swept.texts),
        ("Sessions that nothing else refers to", swept.sessions),
        ("Scopes that nothing else refers to", swept.scopes),
    ];
    let content = html! {
        @if let Some(pseudonym) = &report.pseudonym {
            p {
                (pluralize(report.pseudonymised, "record")) " stay without content, as "
                a.id href=(href("/person", "id", pseudonym)) { (pseudonym) } "."
            }
        }
        @match &report.remnant {
            None => p { span.badge.good { "✓ Erased" } " No byte of the user is left in the file, its log and its free pages, but for the mentions below." },
            Some(remnant) => div.error role="alert" {
                p { strong { (remnant_text(remnant)) } }
            },
        }
        dl.receipt {
            @for (name, number) in rows {
                dt { (name) } dd.number { (format_number(number)) }
            }
        }
        p { "Records of the user that began before " (format!("{:.3}", report.before)) " are rejected from now on, also those of a late batch." }
        (mentions(&report.mentions))
        (out_of_reach())
    };
    let title = format!("{} is erased", escape(user));
    page(&PageBody::new(title, content), context)
}

/// Why nothing was erased.
pub(crate) fn refused_page(user: &str, reason: &str, context: &PageContext) -> Markup {
    let content = html! {
        div.error role="alert" {
            p { strong { "Nothing was erased." } }
            p { (reason) }
        }
        (forget_form(user, None))
    };
    page(&PageBody::new(title(user), content), context)
}

fn title(user: &str) -> String {
    format!("Erase {}", escape(user))
}

/// What other records say about the user.
fn mentions(mentions: &Mentions) -> Markup {
    if mentions.is_empty() {
        return html! {};
    }
    html! {
        h2 { "Not erased" }
        ul {
            @for (words, records) in mentions.searches.iter().filter(|(_, records)| *records > 0) {
                li { (pluralize(*records, "record")) " of others with the words " span.id { (escape(words)) } }
            }
            @if mentions.unsearched > 0 {
                li { "the id or the email in " (pluralize(mentions.unsearched, "value")) " of others (tags, extra, contexts, breadcrumbs, backtraces)" }
            }
            @if mentions.viewed > 0 {
                li { (pluralize(mentions.viewed, "row")) " of the access log, as the viewer" }
            }
            @for other in &mentions.same_email {
                li { "another user with the same email: " span.id { (escape(other)) } }
            }
        }
    }
}

fn out_of_reach() -> Markup {
    html! {
        h2 { "Out of reach" }
        ul {
            li { "backups and copies of the file: erase the user in them too, or delete them" }
            li { "records that an exporter has sent: to OpenTelemetry collectors, Sentry, files of JSON lines" }
            li { "log lines on terminals and in the files of other programs" }
        }
    }
}

fn remnant_text(remnant: &Remnant) -> String {
    match remnant {
        Remnant::Log { bytes } => format!(
            "The rows are erased, but an open reader blocks the log, and {bytes} bytes of the log still \
             have old pages. Close the reader, then erase the user again."
        ),
        Remnant::File { reason } => format!(
            "The rows are erased, but the file could not be rewritten, and its free space may still have \
             old bytes ({reason}). Free disk space for two more copies of the file, then erase the user \
             again."
        ),
        _ => "The rows are erased, but old pages are left. Erase the user again.".to_owned(),
    }
}
