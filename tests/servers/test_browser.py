"""Chromium shows a page of a server on loopback and runs its script."""

import http.server
import threading

from selenium import webdriver

PAGE = "<!doctype html><meta charset=utf-8><title>田桌</title><p id=p>-</p><script>p.textContent = 6 * 7</script>"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *_: object) -> None:
        pass


def test_browser_renders_a_page_and_runs_its_script(browser: webdriver.Chrome) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser.get(f"http://127.0.0.1:{server.server_port}/")
        assert browser.title == "田桌"
        assert browser.find_element("id", "p").text == "42"
        server.shutdown()
