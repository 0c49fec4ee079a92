"""A tenant's URL leads to the public Internet or nowhere."""

import contextlib
import datetime
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nimbus import net
from nimbus.net import AddressRefusedError, UnreachableError

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.0.9 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1
192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7
203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1
::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::a00:1 64:ff9b::808:808 64:ff9b:1::a00:1 100::1 2001::1
2001:0:53aa:64c:0:fbff:f5ff:fffe 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:a00:1::1
2002:7f00:1::1 2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1
ff02::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
172.15.255.255 172.32.0.0 192.0.1.1 193.0.0.1 198.17.255.255 198.20.0.0 223.255.255.255
2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450::1 2003::1 2400:cb00::1
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private_address_is_refused(address):
    assert not net.is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_address_is_allowed(address):
    assert net.is_public(address)


@pytest.mark.parametrize("address", ["", "localhost", "1.2.3", "0x7f.1", "2130706433", "1.1.1.1 "])
def test_what_is_no_address_is_refused(address):
    assert not net.is_public(address)


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "//a.test/", "ftp://a.test/", "file:///etc/passwd", "gopher://a.test", "http://a.test/",
     "https://a.test:8443/", "https://user@a.test/", "https://a:b@a.test/", "https:///path", "https://",
     "https://a.test/" + "x" * 2000, "javascript:alert(1)", "https://a.test:99999/", "https://[::1"],
)  # fmt: skip
def test_url_of_another_kind_is_refused_with_its_field(url):
    with pytest.raises(AddressRefusedError) as refused:
        net.check_url(url, field="callback_url")
    assert refused.value.field == "callback_url"


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://localhost/",
     "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data"],
)  # fmt: skip
def test_every_spelling_of_a_private_address_is_refused(url):
    with pytest.raises((AddressRefusedError, UnreachableError)) as refused:
        net.post(url, b"{}", {})
    assert not isinstance(refused.value.__cause__, OSError), "It tried to connect."


def test_one_private_answer_refuses_the_name(monkeypatch):
    monkeypatch.setattr(net, "lookup", lambda host: ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(AddressRefusedError):
        net.post("https://both.test/", b"", {})


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.headers["Host"], self.path, body))
        self.server.reply(self)

    def log_message(self, *_):
        pass


def plain(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"thanks")


@pytest.fixture
def receiver(settings, monkeypatch):
    """`receiver(reply)` is a server that the operator allowed as hook.test, a name that only we know."""
    running = []

    def start(reply=plain, context=None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.reply, server.seen = reply, []
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        settings.NIMBUS_PRIVATE_HOSTS = [f"hook.test:{server.server_port}"]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return server

    monkeypatch.setattr(net, "lookup", lambda host: ["127.0.0.1"])
    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_request_goes_to_the_checked_address_under_its_own_name(receiver):
    server = receiver()

    answer = net.post(f"http://hook.test:{server.server_port}/in?a=1", b'{"a":1}', {"X-Mine": "1"})

    assert (answer.status, answer.body) == (200, b"thanks")
    assert server.seen == [(f"hook.test:{server.server_port}", "/in?a=1", b'{"a":1}')]


def test_name_that_changes_its_address_after_the_check_is_called_at_the_checked_one(receiver, monkeypatch):
    """hook.test exists nowhere else: whoever asked a second time would find nothing to connect to."""
    server, answers = receiver(), iter([["127.0.0.1"]])
    monkeypatch.setattr(net, "lookup", lambda host: next(answers))

    assert net.post(f"http://hook.test:{server.server_port}/", b"", {}).status == 200


def test_another_port_of_an_allowed_host_is_refused(receiver):
    server = receiver()
    with pytest.raises(AddressRefusedError):
        net.post(f"http://hook.test:{server.server_port + 1}/", b"", {})


def test_redirect_is_an_answer_and_not_followed(receiver):
    def reply(handler):
        handler.send_response(302)
        handler.send_header("Location", "http://169.254.169.254/")
        handler.end_headers()

    server = receiver(reply)
    assert net.post(f"http://hook.test:{server.server_port}/", b"", {}).status == 302
    assert len(server.seen) == 1


def test_endless_answer_is_cut(receiver):
    def reply(handler):
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"x" * 65536)

    server = receiver(reply)
    assert len(net.post(f"http://hook.test:{server.server_port}/", b"", {}).body) == net.MAX_ANSWER_BYTES


def test_dripping_answer_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(net, "TIME_LIMIT_S", 0.5)

    def reply(handler):
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(100):
                handler.wfile.write(b"x")
                time.sleep(0.1)

    server = receiver(reply)
    with pytest.raises(UnreachableError, match="too long"):
        net.post(f"http://hook.test:{server.server_port}/", b"", {})


def test_silent_server_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(net, "READ_S", 0.3)
    server = receiver(lambda handler: time.sleep(1))
    with pytest.raises(UnreachableError):
        net.post(f"http://hook.test:{server.server_port}/", b"", {})


def certificate(name, folder):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("name", "is_trusted"), [("hook.test", True), ("other.test", False)])
def test_certificate_is_checked_for_the_name(receiver, monkeypatch, tmp_path, name, is_trusted):
    path = certificate(name, tmp_path)
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(path)
    server = receiver(context=theirs)
    monkeypatch.setattr(net, "tls", lambda: ssl.create_default_context(cafile=path))

    with contextlib.nullcontext() if is_trusted else pytest.raises(UnreachableError):
        assert net.post(f"https://hook.test:{server.server_port}/", b"", {}).status == 200
    assert len(server.seen) == is_trusted


def test_table_knows_every_edge_of_its_networks():
    for network in net.DENIED_V4 + net.DENIED_V6:
        assert not net.is_public(str(network[0]))
        assert not net.is_public(str(network[-1]))
