//! A layer's file as the body of an answer, whole or in part.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, HeaderMap, HeaderValue, RANGE};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Frame, SizeHint};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncSeekExt as _, ReadBuf};

use super::Body;
use super::refusal::Refusal;

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

/// What of a layer is wanted: first and last byte. One range only; of several the whole is sent, which RFC 9110 allows (14.2).
pub(super) fn range(headers: &HeaderMap, size: u64) -> Result<Option<(u64, u64)>, Refusal> {
    let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let Some(asked) = asked.and_then(|text| text.strip_prefix("bytes=")) else {
        return Ok(None);
    };
    let Some((first, last)) = asked.split_once('-').filter(|_| !asked.contains(',')) else {
        return Ok(None);
    };
    let end = size.saturating_sub(1);
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, last.min(end)),
        (Ok(first), Err(_)) if last.is_empty() => (first, end),
        (Err(_), Ok(length)) if first.is_empty() => (size.saturating_sub(length), end),
        _ => return Ok(None),
    };
    if range.0 > range.1 || range.0 >= size {
        return Err(Refusal::out_of_order(
            "content-range",
            format!("bytes */{size}"),
        ));
    }
    Ok(Some(range))
}

/// The file, or a part of it.
pub(super) async fn read(
    path: &Path,
    size: u64,
    range: Option<(u64, u64)>,
) -> io::Result<Response<Body>> {
    let mut file = File::open(path).await?;
    let (first, length) = match range {
        Some((first, last)) => (first, last - first + 1),
        None => (0, size),
    };
    file.seek(io::SeekFrom::Start(first)).await?;
    let mut response = Response::new(FileBody { file, left: length }.boxed_unsync());
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    if let Some((first, last)) = range {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let text = format!("bytes {first}-{last}/{size}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(CONTENT_RANGE, value);
        }
    }
    Ok(response)
}

struct FileBody {
    file: File,
    left: u64,
}

impl hyper::body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let most = usize::try_from(self.left).map_or(PIECE, |left| left.min(PIECE));
        let mut space = vec![0; most];
        let mut buffer = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut self.file).poll_read(cx, &mut buffer))?;
        let read = buffer.filled().len();
        if read == 0 {
            let cut = io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the layer's file is too short",
            );
            return Poll::Ready(Some(Err(cut)));
        }
        self.left -= read as u64;
        space.truncate(read);
        Poll::Ready(Some(Ok(Frame::data(space.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
