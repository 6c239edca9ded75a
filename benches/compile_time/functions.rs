//! The annotated functions, which are the same for every contender.

use std::fmt::Write;

use crate::contenders::Contender;

/// The position of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    Method,
}

/// A typical function.
struct Function {
    place: Place,
    code: &'static str,
    /// For an asynchronous function: the public function that boxes its future, so that the
    /// vtable and the drop glue of the future are compiled too.
    boxed: &'static str,
}

/// The start of every crate: the items that the functions use.
const START: &str = "\
use std::future::Future;
use std::num::ParseIntError;
use std::pin::Pin;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Debug)]
pub struct Error(pub String);

impl From<ParseIntError> for Error {
    fn from(error: ParseIntError) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub fn allowed(user_id: &str) -> Result<(), Error> {
    if user_id.is_empty() {
        return Err(Error(\"nobody\".into()));
    }
    Ok(())
}

pub async fn fetch(key: u64) -> Result<String, Error> {
    if key == 0 {
        return Err(Error(\"no such key\".into()));
    }
    Ok(key.to_string())
}
";

/// The start of every module.
const MODULE_START: &str = "
    use crate::*;

    pub struct Account {
        pub user_id: String,
        pub balance: u64,
        pub notes: Vec<String>,
    }
";

const FUNCTIONS: [Function; 10] = [
    Function {
        place: Place::Free,
        code: "
    pub fn total(user_id: &str, prices: &[u64]) -> u64 {
        let sum: u64 = prices.iter().sum();
        sum + user_id.len() as u64
    }",
        boxed: "",
    },
    Function {
        place: Place::Free,
        code: "
    pub async fn load(user_id: &str, key: u64) -> String {
        match fetch(key).await {
            Ok(text) => text,
            Err(error) => format!(\"{user_id}: {error}\"),
        }
    }",
        boxed: "
    pub fn load_boxed<'a>(user_id: &'a str, key: u64) -> BoxFuture<'a, String> {
        Box::pin(load(user_id, key))
    }",
    },
    Function {
        place: Place::Method,
        code: "
    pub fn matching(&self, word: &str) -> usize {
        self.notes.iter().filter(|note| note.contains(word)).count()
    }",
        boxed: "",
    },
    Function {
        place: Place::Method,
        code: "
    pub async fn find(&self, key: u64) -> Result<Option<String>, Error> {
        allowed(&self.user_id)?;
        let text = fetch(key).await?;
        Ok(self.notes.iter().find(|note| **note == text).cloned())
    }",
        boxed: "
    pub fn find_boxed<'a>(&'a self, key: u64) -> BoxFuture<'a, Result<Option<String>, Error>> {
        Box::pin(self.find(key))
    }",
    },
    Function {
        place: Place::Free,
        code: "
    pub fn parse(user_id: &str, text: &str) -> Result<u64, Error> {
        allowed(user_id)?;
        let number: u64 = text.trim().parse()?;
        Ok(number + 1)
    }",
        boxed: "",
    },
    Function {
        place: Place::Free,
        code: "
    pub async fn save(user_id: String, key: u64, value: &str) -> Result<u64, Error> {
        allowed(&user_id)?;
        let before: u64 = fetch(key).await?.parse()?;
        let added: u64 = value.parse()?;
        Ok(before + added)
    }",
        boxed: "
    pub fn save_boxed<'a>(user_id: String, key: u64, value: &'a str) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(save(user_id, key, value))
    }",
    },
    Function {
        place: Place::Method,
        code: "
    pub fn withdraw(&mut self, amount: u64, note: &str) -> Result<u64, Error> {
        if amount > self.balance {
            return Err(Error(format!(\"{amount} is too much\")));
        }
        self.balance -= amount;
        self.notes.push(note.to_owned());
        Ok(self.balance)
    }",
        boxed: "",
    },
    Function {
        place: Place::Method,
        code: "
    pub async fn refill(&mut self, amount: u64) -> u64 {
        if fetch(amount).await.is_ok() {
            self.balance += amount;
        }
        self.balance
    }",
        boxed: "
    pub fn refill_boxed<'a>(&'a mut self, amount: u64) -> BoxFuture<'a, u64> {
        Box::pin(self.refill(amount))
    }",
    },
    Function {
        place: Place::Free,
        code: "
    pub fn greeting(user_id: String) -> String {
        format!(\"Hello, {user_id}!\")
    }",
        boxed: "",
    },
    Function {
        place: Place::Free,
        code: "
    pub async fn notify(user_id: &str) {
        if let Err(error) = fetch(user_id.len() as u64).await {
            eprintln!(\"{error}\");
        }
    }",
        boxed: "
    pub fn notify_boxed<'a>(user_id: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(notify(user_id))
    }",
    },
];

/// Returns the source of a crate with `count` functions that have the contender's attribute.
pub(crate) fn source(contender: &Contender, count: u32) -> String {
    let mut source = String::from(START);
    let mut left = usize::try_from(count).unwrap_or(usize::MAX);
    for module in 0_u32.. {
        if left == 0 {
            break;
        }
        let these = &FUNCTIONS[..left.min(FUNCTIONS.len())];
        left -= these.len();
        // Writing to a `String` does not fail.
        let _ = write!(source, "\npub mod m{module} {{{MODULE_START}");
        source.push_str("\n    impl Account {");
        write_functions(&mut source, contender, these, Place::Method);
        source.push_str("\n    }\n");
        write_functions(&mut source, contender, these, Place::Free);
        source.push_str("\n}\n");
    }
    source
}

/// Writes the functions of one position.
fn write_functions(
    source: &mut String,
    contender: &Contender,
    functions: &[Function],
    place: Place,
) {
    let user = match place {
        Place::Free => "user_id",
        Place::Method => "self.user_id",
    };
    for function in functions.iter().filter(|function| function.place == place) {
        let attribute = contender.attribute(user, function.code.contains("-> Result<"));
        for part in [
            "\n    ",
            &attribute,
            function.code,
            "\n",
            function.boxed,
            "\n",
        ] {
            source.push_str(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::source;
    use crate::contenders::{CONTENDERS, OURS};

    #[test]
    fn sources_differ_only_in_the_attribute() {
        let sources = CONTENDERS.each_ref().map(|contender| {
            let source = source(contender, 25);
            // Free functions and methods, each with and without a `Result`.
            let attributes = [
                ("user_id", true),
                ("user_id", false),
                ("self.user_id", true),
                ("self.user_id", false),
            ]
            .map(|(user, fallible)| contender.attribute(user, fallible));
            for attribute in &attributes {
                assert!(source.contains(attribute), "{attribute}");
            }
            attributes
                .iter()
                .filter(|attribute| !attribute.is_empty())
                .fold(source, |rest, attribute| rest.replace(attribute, ""))
        });
        for source in &sources {
            assert_eq!(source, &sources[0]);
        }
    }

    #[test]
    fn source_has_the_requested_number_of_attributes() {
        for contender in CONTENDERS.iter().filter(|one| one.name == OURS) {
            for count in [1, 9, 10, 11, 1000] {
                let found = source(contender, count).matches("#[whose::trace(").count();
                assert_eq!(found, usize::try_from(count).unwrap());
            }
        }
    }
}
