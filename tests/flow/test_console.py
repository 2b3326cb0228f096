"""The console as control serves it: policy, compression, and errors that a program can read. What it shows is tested in a browser elsewhere."""

import gzip
import re

from fleet import call


def page(f, path="/", **headers):
    return call(f.control, "GET", path, headers={"Accept": "text/html", **headers})


def test_page_has_a_strict_policy(toy):
    """The page comes with a Content-Security-Policy without inline scripts, no sniffing, no framing, and is asked for again each time."""
    r = page(toy)
    assert r.status == 200 and r.headers["content-type"].startswith("text/html"), r
    policy = r.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert r.headers["x-content-type-options"] == "nosniff" and r.headers["cache-control"] == "no-cache"
    assert not re.search(r"<script(?![^>]*src=)[^>]*>", r.text) and "<style" not in r.text


def test_every_view_is_a_url(toy):
    """Any path that a browser asks for is the console; a program with a wrong path gets JSON."""
    for path in ("/map", "/logs?q=level%3Aerror", "/trace/" + "a" * 32, "/services"):
        assert page(toy, path).body == page(toy).body
    r = toy.request("GET", "/api/nothing")
    assert r.status == 404 and r.json()["error"] == "not_found", r
    r = call(toy.control, "GET", "/nothing", headers={"Accept": "application/json"})
    assert r.status == 404 and r.json()["error"] == "not_found", r
    assert page(toy, "/api/nothing").status == 404
    assert page(toy, "/assets/nothing.js").status == 404


def test_assets_are_compressed_and_kept(toy):
    """Scripts and styles are precompressed in gzip and brotli, and may be kept for good: their names change with their content."""
    names = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page(toy).text)
    assert names
    for name in names:
        plain = call(toy.control, "GET", name)
        packed = call(toy.control, "GET", name, headers={"Accept-Encoding": "gzip"})
        assert plain.status == packed.status == 200 and "immutable" in plain.headers["cache-control"], plain
        if name.endswith((".js", ".css", ".svg")):
            assert packed.headers["content-encoding"] == "gzip" and gzip.decompress(packed.body) == plain.body
            br = call(toy.control, "GET", name, headers={"Accept-Encoding": "gzip, br"})
            assert br.headers["content-encoding"] == "br" and len(br.body) < len(plain.body)


def test_console_from_a_directory(make_fleet):
    """`pleach part control --console DIRECTORY` serves the files of a directory instead, for those who work on the console."""
    from fleet import wait_for
    f = make_fleet().add("front")
    (f.home / "ui").mkdir()
    (f.home / "ui/index.html").write_text("<p>mine</p>")
    control = f.start("part", "control", "--fleet", f.root, "--console", f.home / "ui")
    try:
        r = wait_for("control is there", lambda: page(f))
        assert r.text == "<p>mine</p>"
        assert page(f, "/assets/../../fleet/pleach.yaml").status in (400, 404)
        assert f.request("GET", "/api/edges").status in (502, 503), "without a store the answer says so"
    finally:
        control.terminate()
        control.communicate(timeout=10)


def test_refused_tail_says_why(toy):
    """A live tail that the store refuses is refused in its words through control as well, with the place in the query."""
    r = call(toy.control, "GET", "/api/logs/tail?q=level%3Ainfo%20%7C%20sort%20x")
    assert r.status == 400 and "sort" in r.json()["message"] and r.json()["column"] == 14, r
