"""DICOM TLS on the query/retrieve port: with a certificate of ours everything works, without one nothing is answered."""
import pathlib
import shutil
import socket
import ssl
import tempfile
import unittest

from harness import part10, process_state, upper_layer as wire
from harness.certificates import Authority
from harness.dimse_tools import Receiver, echoscu, findscu, storescu
from harness.orthanc_server import free_port
from harness.system_case import RegionCase
from harness.upper_layer import Association


class TlsTest(RegionCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = pathlib.Path(tempfile.mkdtemp(prefix="recognition-keys-"))
        cls.addClassCleanup(shutil.rmtree, cls.keys)
        cls.ours, cls.foreign = Authority(cls.keys, "ours"), Authority(cls.keys, "foreign")
        key, certificate = cls.ours.issue("node")
        cls.tls_port = free_port()
        modality = {"AET": "TLS_WS", "Host": "127.0.0.1", "Port": cls.tls_port, "UseDicomTls": True}
        workstation = {"AET": "H001_WS", "Host": "127.0.0.1", "Port": free_port()}
        cls.settings = {"recognition": {"QueryRetrieve": {"Tls": True}}, "options": {
            "DicomTlsPrivateKey": str(key), "DicomTlsCertificate": str(certificate),
            "DicomTlsTrustedCertificates": str(cls.ours.certificate), "DicomTlsRemoteCertificateRequired": True,
            "DicomModalities": {"H001_WS": workstation, "TLS_WS": modality}}}
        super().setUpClass()
        cls.node.workstation_port = workstation["Port"]

    def tls(self, authority, trusted=None):
        key, certificate = authority.issue("workstation")
        return ("+tls", key, certificate, "+cf", (trusted or self.ours).certificate)

    def context(self, authority=None):
        """As a client that trusts our authority, with a certificate of that one, or with none."""
        context = ssl.create_default_context(cafile=self.ours.certificate)
        if authority is not None:
            key, certificate = authority.issue("client")
            context.load_cert_chain(certificate, key)
        return context

    def identifier(self, study):
        return part10.dataset({0x00080052: ("CS", "STUDY"), 0x0020000D: ("UI", self.region.studies[study]["study_instance_uid"])})

    def move(self, association, destination):
        association.send(wire.request(association.context_of(wire.MOVE), wire.C_MOVE_RQ, wire.MOVE, self.identifier("12-chest-ct"), 1,
                                      {wire.DESTINATION: destination}))
        return association.answers()[-1][0][wire.STATUS]

    def test_dcmtks_tools_with_a_certificate(self):
        asked, tls = self.node.own_port, self.tls(self.ours)
        self.assertEqual(echoscu(asked, extra=tls), 0)
        found = findscu(asked, {"PatientID": self.region.card("P4", "HEALTH_CARD"), "StudyInstanceUID": ""}, extra=tls)
        self.assertEqual(sorted(found.column("0020000D")), sorted(self.region.persons["P4"]["studies"]))
        _, statuses, said = storescu(asked, self.region.files("12-chest-ct")[0], options=tls)
        self.assertEqual(statuses, ["Success"], said[-500:])

    def test_retrieving_with_a_certificate(self):
        # movescu and getscu of DCMTK 3.6.7 know no TLS.
        images = self.region.studies["12-chest-ct"]["images"]
        with Association(self.node.query_retrieve_port, contexts=(wire.VERIFICATION, wire.MOVE, wire.GET, part10.CT_IMAGE),
                         roles=[part10.CT_IMAGE], tls=self.context(self.ours)) as association:
            with Receiver(self.node.workstation_port) as receiver:
                self.assertEqual(self.move(association, "H001_WS"), 0)
                self.assertEqual(len(receiver.received), self.region.objects("12-chest-ct"))
            # A destination may want TLS too.
            with Receiver(self.tls_port, aet="TLS_WS", options=("+xa", *map(str, self.tls(self.ours)))) as receiver:
                self.assertEqual(self.move(association, "TLS_WS"), 0)
                self.assertEqual(len(receiver.received), self.region.objects("12-chest-ct"))
            association.send(wire.request(5, wire.C_GET_RQ, wire.GET, self.identifier("12-chest-ct")))
            stored = 0
            while True:
                context, command, _ = association.read_message()
                if command[wire.COMMAND] == wire.C_STORE_RQ:
                    stored += 1
                    association.send(wire.store_response(context, command))
                elif command[wire.STATUS] not in wire.PENDING:
                    break
            self.assertEqual((command[wire.COMPLETED], stored), (images, images))
            self.assertEqual(association.echo(), 0)

    def test_without_a_certificate_of_ours_nothing_is_answered(self):
        asked = self.node.own_port
        keys = {"PatientID": self.region.card("P4", "HEALTH_CARD"), "StudyInstanceUID": ""}
        for name, extra in (("no TLS", ()), ("no certificate", ("+tla", "-ic")), ("a foreign certificate", self.tls(self.foreign))):
            with self.subTest(name):
                self.assertNotEqual(echoscu(asked, extra=extra), 0)
                with self.assertRaises(AssertionError):  # no answer
                    findscu(asked, keys, extra=extra)

    def said(self, authority=None):
        """All that the port says to an association request behind the handshake; TLS 1.3 ends it after that."""
        said = b""
        try:
            with self.context(authority).wrap_socket(socket.create_connection(("127.0.0.1", self.node.query_retrieve_port), 60),
                                                     server_hostname="127.0.0.1") as connection:
                connection.sendall(wire.associate_request({1: (wire.VERIFICATION, (wire.IMPLICIT_LITTLE_ENDIAN,))}))
                while len(said) < 6 and (part := connection.recv(4096)):
                    said += part
        except (ssl.SSLError, ConnectionError):
            pass
        return said

    def test_not_one_byte_of_dicom_is_said_before_the_certificate_is_trusted(self):
        self.assertEqual(self.said(self.ours)[:1], bytes([wire.ASSOCIATE_AC]))
        self.assertEqual(self.said(self.foreign), b"")
        self.assertEqual(self.said(), b"")

    def test_handshakes_that_stop_hinder_nobody_and_leave_nothing(self):
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
        open_ones = []
        for data in (b"", hello[:1], hello[:5], hello, hello + bytes(505), b"\x01\0\0\0\0\xce" + bytes(206)) * 5:
            open_ones.append(socket.create_connection(("127.0.0.1", self.node.query_retrieve_port)))
            open_ones[-1].sendall(data)
        self.assertEqual(echoscu(self.node.own_port, extra=self.tls(self.ours)), 0)
        for connection in open_ones:
            connection.close()
        process_state.wait_for(lambda: process_state.connections(self.node, self.node.query_retrieve_port) == 0,
                               "an ended handshake is still open")


if __name__ == "__main__":
    unittest.main()
