"""Keys and certificates of a test's own authorities, made by openssl."""
import subprocess


class Authority:
    def __init__(self, folder, name="authority"):
        self.folder = folder / name
        self.folder.mkdir()
        self.certificate = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign",  # Python 3.13 reads strictly
                      "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def issue(self, name):
        """(key, certificate) for a host or a client of this machine."""
        key, asked, certificate = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", key, "-out", asked)
        extensions = self.folder / "extensions.cnf"
        extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nauthorityKeyIdentifier=keyid\n")
        self._openssl("x509", "-req", "-in", asked, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                      "-days", "2", "-extfile", extensions, "-out", certificate)
        return key, certificate

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)
