//! The message of a record. A pooled record keeps the memory of its message for the next one.

/// The message of an event or error, or the error of a failed span.
#[derive(Clone, Default)]
pub(crate) struct Message {
    text: String,
    is_set: bool,
}

impl Message {
    #[inline]
    pub(crate) fn get(&self) -> Option<&str> {
        self.is_set.then_some(&*self.text)
    }

    #[inline]
    pub(crate) fn set(&mut self, text: &str) {
        self.text.clear();
        self.text.push_str(text);
        self.is_set = true;
    }

    /// Removes the message, and keeps its memory.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.is_set = false;
    }

    /// The memory of the message, in bytes.
    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.text.capacity()
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            is_set: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleared_message_is_absent_and_leaves_no_text() {
        let mut message = Message::from("secret");
        message.clear();
        assert_eq!(message.get(), None);
        message.set("");
        assert_eq!(message.get(), Some(""));
        message.set("next");
        assert_eq!(message.clone().get(), Some("next"));
    }
}
