"""What a terminal would show: just enough of one to read the console's screen.

Knows cursor positions, erasing and text; colours and everything else are
skipped. Feeding is cheap enough to happen between two frames, and never
happens before the bytes have been given their time.
"""

import codecs
import re
import unicodedata

# CSI sequences, OSC and other strings with their end, two-byte escapes, or text up to the next of them.
TOKEN = re.compile(r"\x1b\[([?>=]?)([\d;:]*)([@-~])|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\r\n\b\t]|[^\x1b\r\n\b\t]+", re.S)
# What may be the beginning of a sequence that is not all there yet.
TORN = re.compile(r"\x1b(?:\[[?>=]?[\d;:]*|[\]PX^_][^\x07\x1b]*\x1b?)?$")


class Screen:
    """The cells of a terminal of a fixed size."""

    def __init__(self, width, height):
        self.width, self.height = width, height
        self.row = self.column = 0
        self.rest = ""
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.clear()

    def clear(self):
        self.cells = [[" "] * self.width for _ in range(self.height)]

    def feed(self, data):
        """Takes in what the program wrote."""
        text = self.rest + self.decode(data)
        torn = TORN.search(text)
        self.rest = text[torn.start():] if torn else ""
        text = text[:torn.start()] if torn else text
        for token in TOKEN.finditer(text):
            if token.group(3):
                self.control(token.group(1), token.group(2), token.group(3))
            elif token.group(0) == "\r":
                self.column = 0
            elif token.group(0) == "\n":
                self.row = min(self.row + 1, self.height - 1)
            elif token.group(0)[0] not in "\x1b\b\t":
                self.write(token.group(0))

    def control(self, mark, numbers, final):
        if mark:
            # The alternate screen begins empty.
            if mark == "?" and numbers == "1049":
                self.clear()
            return
        number = [int(part) if part.isdigit() else 0 for part in numbers.split(";")]
        if final in "Hf":
            self.row = min(max(number[0], 1), self.height) - 1
            self.column = min(max(number[1] if len(number) > 1 else 1, 1), self.width) - 1
        elif final == "J":
            self.clear()
        elif final == "K":
            self.cells[self.row][self.column:] = [" "] * (self.width - self.column)
        elif final == "C":
            self.column = min(self.column + max(number[0], 1), self.width - 1)
        elif final == "G":
            self.column = min(max(number[0], 1), self.width) - 1

    def write(self, text):
        line = self.cells[self.row]
        for character in text:
            if unicodedata.combining(character):
                continue
            wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if self.column + wide > self.width:
                break
            line[self.column] = character
            if wide == 2:
                line[self.column + 1] = ""
            self.column += wide

    def lines(self):
        """Every row as text."""
        return ["".join(line).rstrip() for line in self.cells]
