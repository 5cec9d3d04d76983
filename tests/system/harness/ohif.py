"""OHIF's pages and our DICOMweb under one origin, as a hospital's reverse proxy would serve them."""
import http.client
import http.server
import mimetypes
import pathlib
import subprocess
import threading
import urllib.parse

from harness.orthanc_server import SOURCE

UNAVAILABLE = 69  # of scripts/fetch_ohif
ROOT = "/dicom-web"
# What a page tells the server that matters to DICOMweb, and what the server tells the page.
TO_SERVER = ("Accept", "Content-Type", "Range")
TO_PAGE = ("Content-Type", "Content-Range", "Warning")
PIECE = 1 << 16
PART_HEAD = 512  # bytes in which the head of the first part of an answer lies
CONFIGURATION = """window.config = {
  routerBasename: '/', extensions: [], modes: [], showStudyList: true, showErrorDetails: 'always',
  showWarningMessageForCrossOrigin: false, showCPUFallbackMessage: false, useSharedArrayBuffer: 'FALSE',
  investigationalUseDialog: { option: 'never' }, maxNumberOfWebWorkers: 2,
  defaultDataSourceName: 'region',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'region',
    configuration: {
      friendlyName: 'Region', name: 'region', wadoUriRoot: '%(root)s', qidoRoot: '%(root)s', wadoRoot: '%(root)s',
      qidoSupportsIncludeField: true, imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
      supportsFuzzyMatching: true, supportsWildcard: true, dicomUploadEnabled: false, omitQuotationForMultipartRequest: true,
      bulkDataURI: { enabled: true, relativeResolution: 'studies' },
    },
  }],
};
"""
# Run before any script of the page: the introduction would lie over the pictures.
NO_INTRODUCTION = "try { localStorage.setItem('shownTours', JSON.stringify(['basicViewerTour'])); } catch (e) {}"


def pages():
    """(folder of OHIF's pages, None), or (None, a sentence) where they cannot be had here."""
    done = subprocess.run([str(SOURCE / "scripts" / "fetch_ohif")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode == UNAVAILABLE:
        return None, done.stderr.strip()
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return pathlib.Path(done.stdout.strip()), None


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = self.path.split("?")[0]
        if path.startswith(ROOT + "/"):
            self._forward()
        elif path == "/app-config.js":
            self._answer(CONFIGURATION % {"root": self.server.site.url(ROOT)}, "application/javascript")
        else:
            self._page(path)

    def _page(self, path):
        pages_folder = self.server.site.pages
        file = (pages_folder / urllib.parse.unquote(path).lstrip("/")).resolve()
        if not file.is_relative_to(pages_folder) or not file.is_file():
            file = pages_folder / "index.html"  # the routes of a single page
        kind = "application/wasm" if file.suffix == ".wasm" else mimetypes.guess_type(file.name)[0]
        self._answer(file.read_bytes(), kind or "application/octet-stream")

    def _answer(self, body, kind):
        body = body.encode() if isinstance(body, str) else body
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "max-age=3600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _forward(self):
        """Piece by piece, on a connection to the server that lasts as long as the browser's to us."""
        if getattr(self, "upstream", None) is None:
            self.upstream = http.client.HTTPConnection("127.0.0.1", self.server.site.server_port, timeout=60)
        headers = {name: self.headers[name] for name in TO_SERVER if self.headers[name]}
        try:
            self.upstream.request("GET", self.path, headers=headers)
            reply = self.upstream.getresponse()
        except (OSError, http.client.HTTPException):
            self.upstream.close()  # the server ends idle connections; the second try is on a fresh one
            self.upstream.request("GET", self.path, headers=headers)
            reply = self.upstream.getresponse()
        whole = reply.read() if reply.length is None else None
        self.send_response(reply.status)
        for name in TO_PAGE:
            if reply.headers[name]:
                self.send_header(name, reply.headers[name])
        self.send_header("Content-Length", str(reply.length if whole is None else len(whole)))
        self.end_headers()
        first = piece = reply.read(PIECE) if whole is None else whole
        self.server.site.asked.append((reply.status, self.path, first[:PART_HEAD]))
        while piece:
            self.wfile.write(piece)
            piece = reply.read(PIECE)

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the page no longer wants it
        finally:
            if getattr(self, "upstream", None) is not None:
                self.upstream.close()


class Site:
    """The pages on a free port of this machine, as a context. asked: of each DICOMweb request status, path, and the first
    bytes of the answer."""

    def __init__(self, pages_folder, server_port):
        self.pages, self.server_port, self.asked = pathlib.Path(pages_folder).resolve(), server_port, []

    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.site = self
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def frame_heads(self):
        """How the answers begin in which the viewer has got frames."""
        return [head for _, path, head in self.asked if "/frames/" in path]

    def refused(self):
        """Requests of the viewer that the server did not serve."""
        return [(status, path) for status, path, _ in self.asked if not 200 <= status < 300]
