"""Certificates for tests, made by OpenSSL's command: an authority, and what it signs."""

import subprocess


def openssl(*words):
    r = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, timeout=60)
    assert r.returncode == 0, r.stderr


class Authority:
    def __init__(self, folder, name="authority"):
        self.folder, self.ca, self.secret = folder, folder / f"{name}.pem", folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.secret, "-out", self.ca, "-days", "2", "-subj", f"/CN={name}")

    def sign(self, name, *alternatives, subject="CN", days=2):
        """Its certificate and key. alternatives: "IP:127.0.0.1", "DNS:localhost"."""
        request, cert, key, more = (self.folder / f"{name}.{end}" for end in ("csr", "pem", "key", "ext"))
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj", f"/{subject}={name}")
        more.write_text("extendedKeyUsage=serverAuth,clientAuth\n" + (f"subjectAltName={','.join(alternatives)}\n" if alternatives else ""))
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.secret, "-CAcreateserial", "-out", cert, "-days", days, "-extfile", more)
        return cert, key
