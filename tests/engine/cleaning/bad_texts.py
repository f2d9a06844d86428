"""Text that no model should learn from, made here: damaged, coded, tables, menus and spam in English and Chinese."""

from __future__ import annotations

import base64
import random

_HAN = [chr(code) for code in range(0x4E00, 0x9FA0)]
_WEB = ("Home|About us|Contact|Shop|Help|Login|Register|My account|Cart|Search|Sitemap|News|Blog|Careers|Press|"
        "Privacy policy|Terms of use|Cookie settings|Share|Follow us|Subscribe|Next page|Previous|Top").split("|")
_WEB_ZH = ("首页|关于我们|联系方式|商城|帮助中心|登录|注册|我的账户|购物车|搜索|网站地图|新闻|博客|招聘|上一页|下一页|"
           "返回顶部|隐私政策|使用条款|版权所有|分享|关注我们|收藏本站|设为首页").split("|")
_GOODS = "cheap shoes watch handbag replica discount outlet sale online buy price best brand shipping free".split()
_GOODS_ZH = "手机 配件 批发 价格 图片 厂家 品牌 代理 加盟 优惠 正品 包邮 特价 专卖 官网 最新 热销 报价".split()


def _lines(chosen: random.Random, words: list[str], count: int) -> str:
    return "\n".join(chosen.choice(words) for _ in range(count))


def _table(chosen: random.Random) -> str:
    return "\n".join("\t".join(f"{chosen.uniform(-999, 999):.3f}" for _ in range(6)) for _ in range(40))


def latin_mojibake(text: str, times: int = 3) -> str:
    """Text that was read in the wrong encoding again and again, beyond repair."""
    for _ in range(times):
        text = text.encode().decode("latin-1")
    return text


def gbk_mojibake(text: str) -> str:
    """UTF-8 text that was read as GBK, with what could not be read lost."""
    return text.encode().decode("gbk", "replace").replace("\ufffd", "?")


def bad_texts(kind: str, good: list[str], count: int = 40, seed: int = 0) -> list[str]:
    """Texts of one kind of KINDS; `good` are good texts to damage, in the language that the kind's name ends with."""
    chosen = random.Random(f"{kind}-{seed}")
    makers = {
        "latin-1 mojibake zh": lambda: latin_mojibake(chosen.choice(good)[:1500], 2),
        "gbk mojibake zh": lambda: gbk_mojibake(chosen.choice(good)[:1500]),
        "base64": lambda: base64.encodebytes(chosen.randbytes(chosen.randint(900, 3000))).decode(),
        "base64 one line": lambda: base64.b64encode(chosen.randbytes(chosen.randint(900, 3000))).decode(),
        "menus en": lambda: _lines(chosen, _WEB, chosen.randint(20, 80)),
        "menus zh": lambda: _lines(chosen, _WEB_ZH, chosen.randint(20, 80)),
        "spam en": lambda: " ".join(chosen.choices([" ".join(chosen.choices(_GOODS, k=4)) for _ in range(6)], k=90)),
        "spam zh": lambda: "，".join(chosen.choices(["".join(chosen.choices(_GOODS_ZH, k=4)) for _ in range(6)], k=90)),
        "number tables": lambda: _table(chosen),
        "random Han": lambda: "".join(chosen.choices(_HAN, k=chosen.randint(600, 2000))),
        "keywords en": lambda: " ".join(chosen.choices(_GOODS, k=300)),
        "keywords zh": lambda: "".join(chosen.choices(_GOODS_ZH, k=300)),
        "rulers": lambda: "\n".join(chosen.choice("=-*~#_") * chosen.randint(10, 60) for _ in range(40)),
    }
    return [makers[kind]() for _ in range(count)]


KINDS = ("latin-1 mojibake zh", "gbk mojibake zh", "base64", "base64 one line", "menus en", "menus zh", "spam en",
         "spam zh", "number tables", "random Han", "keywords en", "keywords zh", "rulers")
