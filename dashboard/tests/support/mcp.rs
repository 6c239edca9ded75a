//! A client that speaks the Model Context Protocol to a real `whose mcp`.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// The command `whose mcp` in a folder.
pub(crate) fn mcp_command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whose"));
    command
        .arg("mcp")
        .args(arguments)
        .current_dir(folder)
        .env_remove("WHOSE_DB")
        .env_remove("WHOSE_REASON");
    command
}

/// A session with a running server. The server is killed when the session is dropped.
pub(crate) struct McpSession {
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    requests: u64,
    /// The answer to `initialize`.
    pub(crate) info: Value,
}

impl McpSession {
    /// Starts a server and initializes the session.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(mcp_command(folder, arguments))
    }

    pub(crate) fn spawn(command: Command) -> Self {
        let mut session = Self::without_handshake(command);
        let client = json!({ "name": "a test", "version": "1" });
        let parameters = json!({
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client,
        });
        session.info = session.request("initialize", parameters)["result"].take();
        session.send_line(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        session
    }

    pub(crate) fn without_handshake(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        Self {
            process,
            stdin,
            stdout,
            requests: 0,
            info: Value::Null,
        }
    }

    /// Sends one line, whatever it is.
    pub(crate) fn send_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
    }

    /// Sends a request, and returns the whole answer.
    pub(crate) fn request(&mut self, method: &str, parameters: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters });
        self.send_line(&request.to_string());
        let answer = self.next_message();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    /// The next line of the server: one message of the protocol.
    pub(crate) fn next_message(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the server ended: {line:?}");
        let message: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        message
    }

    /// The result of a tool that does not fail.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> ToolResult {
        let result = self.result(tool, arguments);
        assert!(!result.is_error, "{tool}: {}", result.text);
        result
    }

    /// The JSON of a tool that does not fail.
    pub(crate) fn json(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        let of_text: Value = serde_json::from_str(&result.text).unwrap();
        assert_eq!(of_text, result.structured, "{tool}");
        result.structured
    }

    /// The error of a tool that fails.
    pub(crate) fn failure(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.result(tool, arguments);
        assert!(result.is_error, "{tool}: {}", result.text);
        result.text
    }

    fn result(&mut self, tool: &str, arguments: Value) -> ToolResult {
        let parameters = json!({ "name": tool, "arguments": arguments });
        let mut answer = self.request("tools/call", parameters);
        let mut result = answer["result"].take();
        assert!(result.is_object(), "{tool}: {answer}");
        let content = result["content"].as_array().unwrap();
        assert_eq!((content.len(), &content[0]["type"]), (1, &json!("text")));
        ToolResult {
            text: content[0]["text"].as_str().unwrap().to_owned(),
            is_error: result["isError"].as_bool().unwrap_or_default(),
            structured: result["structuredContent"].take(),
        }
    }

    /// Closes stdin, and returns the exit code and the rest of stdout and stderr.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.stdin.take());
        let (mut rest, mut errors) = (String::new(), String::new());
        self.stdout.read_to_string(&mut rest).unwrap();
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        (self.process.wait().unwrap().code(), rest, errors)
    }
}

impl Drop for McpSession {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// What a tool returned.
#[derive(Debug)]
pub(crate) struct ToolResult {
    pub(crate) text: String,
    pub(crate) structured: Value,
    pub(crate) is_error: bool,
}
