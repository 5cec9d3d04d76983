"""The web port and Orthanc's own HTTP port: the same answers, small and large; who is let in; bodies in chunks."""
import base64
import contextlib
import email
import http.client
import os
import socket
import ssl
import unittest

from harness import part10
from harness.certificates import Authority
from harness.system_case import SystemCase

ALL = 'multipart/related; type="application/dicom"; transfer-syntax=*'
ONE = "application/dicom; transfer-syntax=*"
LARGE = 1_500_000  # bytes of pixel data: four are more than Orthanc's port sends in one
SIDE = 1224
DATABASE = ".db"


def parts_of(content_type, body):
    """{payload: Content-Type} of a multipart body, told apart by the boundary alone."""
    header = email.message_from_string("Content-Type: " + content_type)
    boundary = b"--" + header.get_param("boundary").encode()
    found = {}
    pieces = (b"\r\n" + body).split(b"\r\n" + boundary)
    for piece in pieces[1:-1]:
        head, payload = piece.split(b"\r\n\r\n", 1)
        found[payload] = email.message_from_bytes(head.lstrip(b"\r\n"))["Content-Type"]
    if not pieces[-1].startswith(b"--"):
        raise AssertionError("the body does not end by its last delimiter")
    return found


class WebPortTest(SystemCase):
    def ask(self, port, path, method="GET", headers=None, body=None, connection=None):
        kept = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            kept.request(method, path, headers=headers or {}, body=body)
            reply = kept.getresponse()
            return reply, reply.read()
        finally:
            if kept is not connection:
                kept.close()

    def store(self, server, count):
        """A study of so many large instances: (path, their files)."""
        study, series = part10.new_uid("1"), part10.new_uid("2")
        files = []
        for number in range(count):
            elements = part10.instance(patient_id="LARGE001", name="Large^Study", study=study, series=series, number=number)
            elements.update({0x00280010: ("US", SIDE), 0x00280011: ("US", SIDE), 0x7FE00010: ("OB", os.urandom(SIDE * SIDE + SIDE * SIDE % 2))})
            files.append(part10.part10(elements))
            self.assertEqual(server.post("/instances", files[-1]).status, 200)
        self.secrets |= {"LARGE001", "Large^Study"}
        return f"/dicom-web/studies/{study}", f"/dicom-web/studies/{study}/series/{series}", files

    def test_both_ports_give_the_same_answers(self):
        server = self.started()
        study, series, files = self.store(server, 5)
        for path in (study + "/instances", study + "/metadata", "/dicom-web/studies?PatientID=LARGE001", "/recognition/status"):
            replies = [self.ask(port, path) for port in (server.web_port, server.http_port)]
            self.assertEqual([reply.status for reply, _ in replies], [200, 200], path)
            self.assertEqual(*[body.replace(str(port).encode(), b"PORT") for (_, body), port in
                               zip(replies, (server.web_port, server.http_port))], path)
        for path in (study, series):  # larger than Orthanc's port sends in one
            for port in (server.web_port, server.http_port):
                reply, body = self.ask(port, path, headers={"Accept": ALL})
                self.assertEqual(reply.status, 200)
                self.assertEqual(set(parts_of(reply.headers["Content-Type"], body)), set(files))
        instances = [f"{series}/instances/{one['00080018']['Value'][0]}" for one in server.get(study + "/instances").json()]
        for port in (server.web_port, server.http_port):
            got = {self.ask(port, path, headers={"Accept": ONE})[1] for path in instances}
            self.assertEqual(got, set(files))
        self.assertEqual(self.ask(server.web_port, study + "/x")[0].status, self.ask(server.http_port, study + "/x")[0].status)

    def test_what_orthancs_server_cannot_do(self):
        server = self.started(recognition={"Http": {"AllowedOrigins": ["https://viewer.example"]}})
        connection = http.client.HTTPConnection("127.0.0.1", server.web_port, timeout=60)
        reply, body = self.ask(None, "/recognition/status", "HEAD", connection=connection)
        self.assertEqual((reply.status, body), (200, b""))
        reply, _ = self.ask(None, "/dicom-web/studies", "OPTIONS", connection=connection,
                            headers={"Origin": "https://viewer.example", "Access-Control-Request-Method": "GET"})
        self.assertEqual((reply.status, reply.headers["Access-Control-Allow-Origin"]), (204, "https://viewer.example"))
        held = [socket.create_connection(("127.0.0.1", server.web_port)) for _ in range(200)]
        reply, _ = self.ask(None, "/recognition/status", connection=connection)
        self.assertEqual(reply.status, 200)
        for one in (*held, connection):
            one.close()

    def test_users_are_orthancs(self):
        server = self.server(options={"AuthenticationEnabled": True, "RegisteredUsers": {"alice": "secret"}})
        right = {"Authorization": "Basic " + base64.b64encode(b"alice:secret").decode()}
        wrong = {"Authorization": "Basic " + base64.b64encode(b"alice:wrong").decode()}
        original = server.get
        server.get = lambda path, headers=None: original(path, {**right, **(headers or {})})
        server.start()
        self.secrets |= {"alice", "secret"}
        for port in (server.web_port, server.http_port):
            for headers, status in (({}, 401), (wrong, 401), (right, 200)):
                reply, _ = self.ask(port, "/dicom-web/studies", headers=headers)
                self.assertEqual(reply.status, status)
                self.assertEqual(reply.headers["WWW-Authenticate"] is None, status == 200)

    def test_tls_is_orthancs(self):
        authority = Authority(self.folder)
        key, certificate = authority.issue("node")
        both = self.folder / "both.pem"
        both.write_text(certificate.read_text() + key.read_text())
        server = self.started(options={"SslCertificate": str(both)}, recognition={"Http": {"Tls": True}})
        context = ssl.create_default_context(cafile=str(authority.certificate))
        connection = http.client.HTTPSConnection("127.0.0.1", server.web_port, context=context, timeout=60)
        study, _, files = self.store(server, 3)
        for _ in range(2):
            reply, body = self.ask(None, study, headers={"Accept": ALL}, connection=connection)
            self.assertEqual(set(parts_of(reply.headers["Content-Type"], body)), set(files))
        reply, body = self.ask(None, study + "/instances", connection=connection)
        connection.close()
        self.assertIn(f"https://127.0.0.1:{server.web_port}/dicom-web/".encode(), body)

    def test_a_body_in_chunks_is_answered_on_both_ports(self):
        server = self.started()
        for port in (server.web_port, server.http_port):
            reply, body = self.ask(port, "/recognition/status", "POST", body=iter([b"x" * 100_000] * 30))
            self.assertGreaterEqual(reply.status, 400)
        self.assertEqual(server.get("/recognition/status").status, 200)

    def test_what_a_proxy_says_of_the_host_counts_from_a_trusted_one_only(self):
        secret = "a secret of sixteen or more"
        server = self.started(recognition={"HttpAskers": {"ProxySecretHeader": "X-Proxy-Secret", "ProxySecret": secret}})
        self.store(server, 1)
        forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
        path = "/dicom-web/studies?PatientID=LARGE001&unknown=1"
        for port in (server.web_port, server.http_port):
            for headers in ({}, forged, {"Forwarded": "host=evil.example;proto=https"}, {**forged, "X-Proxy-Secret": "no" * 10}):
                reply, body = self.ask(port, path, headers=headers)
                self.assertEqual(reply.status, 200)
                self.assertIn(f"http://127.0.0.1:{port}/dicom-web/".encode(), body)
                self.assertNotIn("evil", str(reply.headers) + body.decode())
            for headers in (forged, {"Forwarded": "proto=https;host=evil.example, host=x"}):
                reply, body = self.ask(port, path, headers={**headers, "X-Proxy-Secret": secret})
                self.assertIn(b"https://evil.example/dicom-web/", body)
                self.assertIn("https://evil.example/dicom-web", reply.headers["Warning"])

    def test_a_body_that_ends_in_its_middle_gets_a_sentence(self):
        server = self.started()
        with socket.create_connection(("127.0.0.1", server.web_port), timeout=60) as connection:
            connection.sendall(b"POST /dicom-web/studies HTTP/1.1\r\nHost: h\r\nContent-Type: application/dicom\r\n"
                               b"Content-Length: 1000000\r\n\r\n" + bytes(500_000))
            connection.shutdown(socket.SHUT_WR)
            reply = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertTrue(reply.startswith(b"HTTP/1.1 400 Bad Request\r\n"), reply[:80])
        self.assertIn(b"ended in its middle", reply)

    def test_clients_that_take_nothing_leave_descriptors_to_others(self):
        server = self.started()
        study, _, files = self.store(server, 6)
        storage = os.path.realpath(server.folder)

        def stored_files_open():
            folder = f"/proc/{server.process.pid}/fd"
            opened = []
            for name in os.listdir(folder):
                with contextlib.suppress(FileNotFoundError):
                    opened.append(os.readlink(f"{folder}/{name}"))
            return sum(target.startswith(storage) and DATABASE not in target for target in opened)

        with contextlib.ExitStack() as kept:
            for _ in range(120):
                client = kept.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.settimeout(60)
                client.connect(("127.0.0.1", server.web_port))
                client.sendall(f"GET {study} HTTP/1.1\r\nHost: h\r\nAccept: {ALL}\r\n\r\n".encode())
                self.assertTrue(client.recv(1))
            self.assertLessEqual(stored_files_open(), 128 + 16)
            reply, body = self.ask(server.web_port, study, headers={"Accept": ALL})
            self.assertEqual((reply.status, set(parts_of(reply.headers["Content-Type"], body))), (200, set(files)))

    def test_no_port_and_a_port_that_is_taken(self):
        server = self.started(recognition={"Http": {"Port": 0}})
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", server.web_port))


if __name__ == "__main__":
    unittest.main()
