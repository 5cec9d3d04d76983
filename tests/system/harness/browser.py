"""Chromium without a window, driven over the DevTools protocol.

--remote-debugging-pipe: Chromium reads commands from descriptor 3 and writes answers and events to descriptor 4, each a
JSON object that a NUL ends. So there is no port, no WebSocket, and Chromium ends when this program does.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from harness.orthanc_server import _die_with_parent

PROGRAM = shutil.which("chromium")
# Software rendering, one machine: what is drawn does not depend on a graphics card, and nothing is asked outside.
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--use-gl=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--no-proxy-server", "--mute-audio", "--hide-scrollbars",
         # Names of other hosts do not resolve, whatever the page or the browser itself would like.
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
PATIENCE = 60  # seconds for one thing to come; a machine that builds meanwhile is slow
KEPT_COMPLAINTS = 50


class BrowserFailed(AssertionError):
    """Chromium ended, did not answer, or says that a command is wrong."""


class Page:
    """A browser with one page, as a context. Used from one thread."""

    def __init__(self, width=1400, height=900):
        self.size = f"--window-size={width},{height}"
        self.complaints = []  # exceptions of the page and errors of its console, for who looks for the reason

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="recognition-browser-", ignore_cleanup_errors=True)
        their_input, self._commands = os.pipe()
        self._answers, their_output = os.pipe()

        def in_child():
            _die_with_parent()
            # By way of higher numbers: 3 or 4 may be one of the four itself.
            reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (their_input, their_output))
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            [PROGRAM, *FLAGS, self.size, "--lang=en-US", "--remote-debugging-pipe", f"--user-data-dir={self._folder.name}",
             "about:blank"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=in_child, pass_fds=(3, 4), start_new_session=True,
            env=dict(os.environ, HOME=self._folder.name, LC_ALL="C.UTF-8"))
        os.close(their_input)
        os.close(their_output)
        self._unread, self._next, self._session = b"", 1, None
        try:
            target = self.command("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                self.command(f"{domain}.enable")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for descriptor in (self._commands, self._answers):
            os.close(descriptor)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._folder.cleanup()

    # ---- the protocol ----

    def _message(self, deadline):
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._answers], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise BrowserFailed(f"Chromium did not answer within {PATIENCE} s")
            read = os.read(self._answers, 1 << 20)
            if not read:
                raise BrowserFailed("Chromium has ended")
            self._unread += read
        one, self._unread = self._unread.split(b"\0", 1)
        return json.loads(one)

    def _keep_complaint(self, message):
        parameters = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            text = details.get("exception", {}).get("description") or details.get("text", "")
        elif message.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            text = f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}"
        else:
            return
        self.complaints = [*self.complaints, text[:500]][-KEPT_COMPLAINTS:]

    def command(self, method, **parameters):
        """Result of one command of the protocol; events that come before it are looked through for complaints."""
        number, self._next = self._next, self._next + 1
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        unwritten = json.dumps(message).encode() + b"\0"
        while unwritten:
            unwritten = unwritten[os.write(self._commands, unwritten):]
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._message(deadline)
            if answer.get("id") != number:
                self._keep_complaint(answer)
            elif "error" in answer:
                raise BrowserFailed(f"{method}: {answer['error'].get('message', '')}")
            else:
                return answer.get("result", {})

    # ---- the page ----

    def before_each_page(self, script):
        self.command("Page.addScriptToEvaluateOnNewDocument", source=script)

    def open(self, url):
        said = self.command("Page.navigate", url=url)
        if said.get("errorText"):
            raise BrowserFailed(f"the page did not open: {said['errorText']}")

    def value(self, expression):
        """What a JavaScript expression gives (a promise is waited for), as JSON carries it."""
        said = self.command("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise BrowserFailed(said["exceptionDetails"].get("exception", {}).get("description", "the expression failed")[:500])
        return said["result"].get("value")

    def wait_for(self, expression, what, seconds=PATIENCE):
        """The first true value of the expression."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.value(expression)
            if found:
                return found
            if time.monotonic() > deadline:
                raise BrowserFailed(f"{what} did not come within {seconds} s. The page says: {self.text()[:1000]!r}; "
                                    f"complaints: {self.complaints[-5:]}")
            time.sleep(0.1)

    def text(self):
        return self.value("document.body ? document.body.innerText : ''")

    def box(self, selector):
        """Where the first such element is, in pixels of the page: x, y, width, height."""
        found = self.value(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null; "
                           "const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })()")
        if not found:
            raise BrowserFailed(f"there is no {selector}")
        return found

    def click(self, selector):
        x, y, width, height = self.box(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.command("Input.dispatchMouseEvent", type=kind, x=x + width / 2, y=y + height / 2, button="left", clickCount=1)

    def turn_wheel(self, selector):
        """One step of a mouse's wheel, towards its user."""
        x, y, width, height = self.box(selector)
        self.command("Input.dispatchMouseEvent", type="mouseWheel", x=x + width / 2, y=y + height / 2, deltaX=0, deltaY=100)

    def type(self, selector, text):
        self.click(selector)
        self.command("Input.insertText", text=text)

    def wait_drawn(self):
        """Until what the page has drawn by now is on the screen."""
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def picture(self, path=None, box=None, scale=1):
        """A PNG of the page, or of a part of it; also written where a path is given."""
        clip = {}
        if box:
            clip = {"clip": {**dict(zip(("x", "y", "width", "height"), box)), "scale": scale}}
        image = base64.b64decode(self.command("Page.captureScreenshot", format="png", **clip)["data"])
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image)
        return image
