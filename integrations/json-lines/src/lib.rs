//! A sink of whose that writes records as JSON lines to rotating files.
