//! The files that the pages load: embedded in the binary, each under its version.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

const ASSETS: &[Asset] = &[
    Asset {
        name: "app.css",
        content_type: CSS,
        bytes: include_bytes!("../../assets/app.css"),
    },
    Asset {
        name: "app.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/app.js"),
    },
    Asset {
        name: "replay.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/replay.js"),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("../../assets/icon.svg"),
    },
    Asset {
        name: "htmx.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/vendor/htmx-2.0.11.min.js"),
    },
    Asset {
        name: "uplot.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/vendor/uplot-1.6.32.min.js"),
    },
    Asset {
        name: "uplot.css",
        content_type: CSS,
        bytes: include_bytes!("../../assets/vendor/uplot-1.6.32.min.css"),
    },
    Asset {
        name: "cytoscape.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/vendor/cytoscape-3.35.0.min.js"),
    },
];

/// Answers `/assets/{name}`.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        // The browser asks again at each start of a new version of the command.
        (header::CACHE_CONTROL, "max-age=600"),
    ];
    (headers, asset.bytes).into_response()
}
