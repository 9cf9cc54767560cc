"""A page of a report as a browser reads it."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """What a browser would load and show."""

    def __init__(self, html):
        HTMLParser.__init__(self)
        self.tags, self.text, self.open = [], "", []
        self.feed(html)
        self.close()
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        self.text += " "
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]
