//! The page on which a browser signs in.

use maud::{Markup, html};

use super::layout::bare_page;

/// The form. `mistake` is what was wrong before, `reload` the page that the browser loads at once.
pub(crate) fn sign_in_page(target: &str, mistake: Option<&str>, reload: Option<&str>) -> Markup {
    let content = html! {
        form.sign-in action="/sign-in" method="post" {
            h1 { "Sign in" }
            p.muted { "This server shows the activity of persons. Enter the token that you were given." }
            @if let Some(mistake) = mistake {
                p.error role="alert" { (mistake) }
            }
            input type="hidden" name="next" value=(target);
            label for="token" { "Token" }
            input #token type="password" name="token" required autofocus
                autocomplete="current-password" spellcheck="false";
            button type="submit" { "Sign in" }
        }
    };
    bare_page("Sign in", reload, &content)
}

/// A page that moves on to another page of this server.
pub(crate) fn moved_page(target: &str) -> Markup {
    let content = html! {
        p { "You are signed in. " a href=(target) { "Go on" } }
    };
    bare_page("Signed in", Some(target), &content)
}
