//! Puts the user and the session of whose on Sentry events, transactions, spans and logs.
