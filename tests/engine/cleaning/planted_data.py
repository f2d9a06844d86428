"""Private data of every kind planted in sentences, beside near misses that look alike and are none.

Check digits are made here by other ways than those of the product: tables, trial of all digits, fractions.
"""

from __future__ import annotations

import datetime
import random
import string
from collections.abc import Callable
from dataclasses import dataclass

ENGLISH = ("Please use {} before Friday.", "It was {}, she said.", "({})", "Old entry: {}; see page 12.", "{}",
           "In 1984 he wrote {} on the wall and left.")
CHINESE = ("请在周五之前使用{}，谢谢。", "她说是{}。", "（{}）", "旧记录：{}；见第12页。", "{}",
           "1984年他在墙上写了{}就走了。")


@dataclass(frozen=True)
class Planted:
    """A sentence with what is planted in it: `secret` must go, or nothing where it is a near miss."""

    kind: str
    text: str
    planted: str
    is_near_miss: bool


def _digits(chosen: random.Random, count: int, first: str = string.digits) -> str:
    return chosen.choice(first) + "".join(chosen.choices(string.digits, k=count - 1))


def _mixed(chosen: random.Random, count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    while True:
        text = "".join(chosen.choices(alphabet, k=count))
        if any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and len(set(text)) > count // 2:
            return text


def _email(chosen: random.Random, near: bool) -> str:
    name = _mixed(chosen, 7).lower()
    if near:
        return chosen.choice([f"{name}@localhost", f"icon-{name}@2x.png", f"@{name}", f"{name}@", f"{name} @ home"])
    return chosen.choice([f"{name}@example.org", f"{name}.smith+news@mail.example.co.uk", f"{name}@163.com",
                          f"{name}_x@example-shop.cn"])


_DOUBLED = {digit: str(sum(map(int, str(2 * int(digit))))) for digit in string.digits}


def _luhn(digits: str) -> bool:
    return sum(int(_DOUBLED[d] if place % 2 else d) for place, d in enumerate(digits[::-1])) % 10 == 0


def _card(chosen: random.Random, near: bool) -> str:
    start, length = chosen.choice([("4", 16), ("51", 16), ("2230", 16), ("37", 15), ("6011", 16), ("6222", 19),
                                   ("3530", 16)])
    body = start + _digits(chosen, length - len(start) - 1)
    right = next(body + digit for digit in string.digits if _luhn(body + digit))
    number = right[:-1] + str((int(right[-1]) + chosen.randint(1, 9)) % 10) if near else right
    if length != 16 or chosen.random() < 0.4:
        return number
    return chosen.choice(" -").join(number[place:place + 4] for place in range(0, 16, 4))


def _iban(chosen: random.Random, near: bool) -> str:
    country, form = chosen.choice([("DE", "9" * 18), ("GB", "AAAA" + "9" * 14), ("FR", "9" * 23),
                                   ("NL", "AAAA" + "9" * 10)])
    body = "".join(chosen.choice(string.ascii_uppercase if sign == "A" else string.digits) for sign in form)
    letters = "".join(str(ord(c) - 55) if c.isalpha() else c for c in f"{body}{country}")
    check = next(check for check in range(2, 99) if int(f"{letters}{check:02d}") % 97 == 1)
    number = f"{country}{(check + 1) % 97 + 2 if near else check:02d}{body}"
    if near and int(f"{letters}{number[2:4]}") % 97 == 1:
        number = f"{country}00{body}"
    return " ".join(number[place:place + 4] for place in range(0, len(number), 4)) if chosen.random() < 0.5 else number


def _resident_id(chosen: random.Random, near: bool) -> str:
    born = datetime.date(1940, 1, 1) + datetime.timedelta(days=chosen.randrange(27_000))
    body = chosen.choice(["110105", "310104", "440305", "510107"]) + born.strftime("%Y%m%d") + _digits(chosen, 3)
    values = [10 if sign == "X" else int(sign) for sign in "0123456789X"]
    right = next(sign for sign, value in zip("0123456789X", values, strict=True)
                 if (sum(int(d) * pow(2, 17 - place, 11) for place, d in enumerate(body)) + value) % 11 == 1)
    if not near:
        return body + right
    if chosen.random() < 0.5:
        return body + chosen.choice([sign for sign in "0123456789X" if sign != right])
    return body[:10] + "1345" + body[14:] + right


def _phone(chosen: random.Random, near: bool) -> str:
    if near:
        return chosen.choice([
            f"2024-{chosen.randint(10, 12)}-{chosen.randint(10, 28)}",
            f"{chosen.randint(10, 99)} {_digits(chosen, 3)} 000.50",
            f"1{_digits(chosen, 10, '012')}", f"978-0-306-{_digits(chosen, 5)}-7", f"1990-{chosen.randint(1991, 2020)}",
            f"12:30:{chosen.randint(10, 59)}.{_digits(chosen, 6)}", f"3.{_digits(chosen, 12)}",
            _digits(chosen, 9, "123456789"), f"{_digits(chosen, 4)}-{_digits(chosen, 2)}"])
    line = f"{_digits(chosen, 3, '23456')}{_digits(chosen, 4)}".replace("11", "32")
    area = chosen.choice(["212", "415", "312", "617"])
    mobile = chosen.choice(["138", "139", "150", "186", "189", "131"]) + _digits(chosen, 8)
    return chosen.choice([
        f"+1 {area} {line[:3]} {line[3:]}", f"({area}) {line[:3]}-{line[3:]}", f"{area}-{line[:3]}-{line[3:]}",
        f"+44 20 7{_digits(chosen, 3)} {_digits(chosen, 4)}", f"020 7{_digits(chosen, 3)} {_digits(chosen, 4)}",
        f"+49 30 {_digits(chosen, 8, '23456')}", mobile, f"{mobile[:3]}-{mobile[3:7]}-{mobile[7:]}", f"+86 {mobile}",
        f"010-{_digits(chosen, 8, '68')}", f"021-{_digits(chosen, 8, '56')}"])


def _ip(chosen: random.Random, near: bool) -> str:
    def octets(count: int) -> str:
        return ".".join(str(chosen.randint(10, 254)) for _ in range(count))

    if near:
        return chosen.choice([f"192.168.{octets(2)}", f"10.{octets(3)}", f"127.0.0.{octets(1)}",
                              f"version 2.{octets(3)}", f"300.{octets(3)}", "3.2.1.4",
                              f"{octets(3)}", f"fe80::{chosen.randint(1, 999)}",
                              "std::cout", f"2001:db8::{chosen.randint(1, 999)}", "12:30:45", f"{octets(5)}"])
    if chosen.random() < 0.3:
        return "2a00:1450:" + ":".join(f"{chosen.randrange(1, 1 << 16):x}" for _ in range(6))
    return f"{chosen.choice([8, 23, 52, 81, 93, 185])}.{octets(3)}"


def _login(chosen: random.Random, near: bool) -> str:
    name, word = _mixed(chosen, 6), _mixed(chosen, 9)
    if near:
        return chosen.choice([f"https://example.org:8080/{name}", f"https://example.org/@{name}", "http://example.org/a:b"])
    return f"{chosen.choice(['https', 'ftp', 'postgres'])}://{name}:{word}@db.example.org/x"


def _secret(chosen: random.Random, near: bool) -> str:
    upper = string.ascii_uppercase + string.digits
    if near:
        return chosen.choice(["password: required", "secret = yes", "api_key = YOUR_API_KEY", "sk-ateboard", "AKIA",
                              "the password is in the drawer", "密码：请输入您的密码",
                              "ghp_short1", "token", "hf_model"])
    return chosen.choice([
        "AKIA" + _mixed(chosen, 16, upper), "ghp_" + _mixed(chosen, 36), "sk-" + _mixed(chosen, 48),
        "AIza" + _mixed(chosen, 35), "glpat-" + _mixed(chosen, 20), f"password = {_mixed(chosen, 14)}",
        f'"api_key": "{_mixed(chosen, 32)}"', f"密码：{_mixed(chosen, 12)}",
        f"eyJ{_mixed(chosen, 20)}.eyJ{_mixed(chosen, 40)}.{_mixed(chosen, 43)}"])


def _account(chosen: random.Random, near: bool) -> str:
    if near:
        return chosen.choice(["QQ音乐", "微信支付", "QQ 2012 版", "微信 8.0.1",
                              "WeChat: yes", "QQ群里", "用微信扫一扫"])
    return chosen.choice([f"QQ：{_digits(chosen, 9, '123456789')}", f"QQ号{_digits(chosen, 8, '123456789')}",
                          f"微信号：{_mixed(chosen, 9).lower().replace(' ', '')}".replace("：", "：wx"),
                          f"WeChat: tea{_mixed(chosen, 6)}", f"qq {_digits(chosen, 10, '123456789')}"])


def _plate(chosen: random.Random, near: bool) -> str:
    province, city = chosen.choice("京沪粤浙苏川鲁"), chosen.choice("ABCDEF")
    if near:
        return chosen.choice([f"{province}{city}座", f"{province}{city}123", f"{province}剧A12345", "川A股上市公司",
                              f"{province}{city}TEAPOT"])
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return chosen.choice([f"{province}{city}{_digits(chosen, 5)}",
                          f"{province}{city}·{_digits(chosen, 4)}{chosen.choice(letters)}",
                          f"{province}{city}D{_digits(chosen, 5)}",
                          f"{province}{city}{chosen.choice(letters)}{_digits(chosen, 4)}"])


MAKERS: dict[str, Callable[[random.Random, bool], str]] = {
    "email": _email, "phone": _phone, "card": _card, "iban": _iban, "resident-id": _resident_id, "ip": _ip,
    "login": _login, "secret": _secret, "account": _account, "plate": _plate}


def planted(kind: str, language: str, count: int = 200, seed: int = 0) -> list[Planted]:
    """Sentences with one kind of private data, every second one with a near miss in its place."""
    chosen = random.Random(f"{kind}-{language}-{seed}")
    frames = CHINESE if language == "zh" else ENGLISH
    made = []
    for number in range(count):
        near = bool(number % 2)
        value = MAKERS[kind](chosen, near)
        made.append(Planted(kind, chosen.choice(frames).format(value), value, near))
    return made


def score(kind: str, language: str, found_in: Callable[[str], dict[str, int]], count: int = 400) -> dict[str, float]:
    """Recall and precision of one kind: `found_in` says how many of each kind are in a text."""
    right = wrong = missed = 0
    for each in planted(kind, language, count):
        found = found_in(each.text)
        of_kind = found.get(kind, 0)
        right += min(of_kind, 0 if each.is_near_miss else 1)
        missed += not each.is_near_miss and not of_kind
        wrong += sum(found.values()) - min(of_kind, 0 if each.is_near_miss else 1)
    return {"planted": count // 2, "near_misses": count // 2, "recall": round(right / (right + missed), 3),
            "precision": round(right / max(1, right + wrong), 3)}
