//! The files that the pages load: embedded in the binary, each under its version.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
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
        name: "live.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/live.js"),
    },
    Asset {
        name: "charts.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/charts.js"),
    },
    Asset {
        name: "graph.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/graph.js"),
    },
    Asset {
        name: "search.js",
        content_type: JAVASCRIPT,
        bytes: include_bytes!("../../assets/search.js"),
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
pub(super) async fn asset(Path(name): Path<String>, request: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = entity_tag(asset.bytes);
    let headers = [
        (header::CONTENT_TYPE, asset.content_type),
        // Another version of the command can serve other files at the same address.
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, &tag),
    ];
    let known = request.get(header::IF_NONE_MATCH);
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, asset.bytes).into_response()
}

/// Differs for other bytes.
fn entity_tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block that stays open takes all rules after it into its condition, without any error.
    #[test]
    fn style_sheet_closes_every_block_before_the_next_comment_of_a_section() {
        let sheet = ASSETS.iter().find(|asset| asset.name == "app.css");
        let sheet = std::str::from_utf8(sheet.unwrap().bytes).unwrap();
        let mut open = 0;
        for (number, line) in sheet.lines().enumerate() {
            let is_section = line.starts_with("/*");
            assert!(!is_section || open == 0, "line {}: {line}", number + 1);
            open += line.matches('{').count();
            open -= line.matches('}').count();
        }
        assert_eq!(open, 0);
    }
}
