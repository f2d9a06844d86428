"""The sample corpora that come with Wenlu, to begin with one click."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.assets import asset
from engine.corpora.source import Source
from engine.corpora.sources.file import FileSource
from engine.errors import EngineError


@dataclass(frozen=True)
class Sample:
    """A text with its licence; `opening` are the first lines, to be seen before the click."""

    id: str
    title: str
    language: str
    file: str
    licence: str
    documents: Literal["whole", "blocks", "lines"]
    opening: str
    task: str = "continuation"
    """The kind of the task that the sample is for."""
    honest: str = ""
    """What a small model learns from it in five minutes, as it was measured."""

    @property
    def path(self) -> Path:
        """Where the text lies."""
        return asset(f"corpora/{self.file}")

    @property
    def size_bytes(self) -> int:
        """How large it is."""
        return self.path.stat().st_size

    def sources(self) -> tuple[Source, ...]:
        """The sources of a project made from this sample."""
        return (FileSource(path=str(self.path), documents=self.documents, licence=self.licence),)


SAMPLES: tuple[Sample, ...] = (
    Sample("austen", "Emma, by Jane Austen", "en", "emma.txt", "Public domain", "whole",
           "Emma Woodhouse, handsome, clever, and rich, with a comfortable home and happy disposition, seemed to unite "
           "some of the best blessings of existence; and had lived nearly twenty-one years in the world with very "
           "little to distress or vex her."),
    Sample("poems", "宋词元曲三千八百首", "zh", "poems.txt", "Public domain (collection: MIT)", "blocks",
           "塞草烟光阔。\n渭水波声咽。\n春朝雨霁轻尘歇。\n征鞍发。\n指青青杨柳，又是轻攀折。"),
)


TASK_SAMPLES: tuple[Sample, ...] = (
    Sample("translate", "Translate English help pages", "en", "tasks/pairs-en-zh.jsonl.xz", "MPL-2.0", "whole",
           "Delete Index or Table of Contents → 删除索引或目录", "translation",
           "In five minutes it learns the set phrases of the help pages; most whole sentences come out wrong."),
    Sample("stories-en", "Read a short story", "en", "tasks/stories-en.jsonl.xz", "MIT", "whole",
           "David has the lamp. Grace is in the garden now. Where is Grace? → In the garden.", "question-answering",
           "It looks answers up in the story: 55 of 100 were right, against 40 by the most similar story."),
    Sample("stories-zh", "读小故事，答问题", "zh", "tasks/stories-zh.jsonl.xz", "MIT", "whole",
           "小明走进了阁楼。李娜拿了台灯。小明在哪里？→ 在阁楼。", "question-answering",
           "It looks answers up in the story: 39 of 100 were right, no more than by the most similar story."),
    Sample("titles-en", "Titles of help pages", "en", "tasks/titles-en.jsonl.xz", "MPL-2.0", "whole",
           "Selects multiple sheets. Lists the sheets in the current document. … → Selecting Sheets", "summarisation",
           "Too few pages to learn from: it finds words of the subject, seldom a fitting title."),
    Sample("titles-zh", "为帮助页面写标题", "zh", "tasks/titles-zh.jsonl.xz", "MPL-2.0", "whole",
           "在这个部分，包含了一个与公式创建相关的快捷键列表。… → 公式快捷键", "summarisation",
           "Too few pages to learn from: it finds words of the subject, seldom a fitting title."),
    Sample("chat-en", "Small talk", "en", "tasks/chat-en.jsonl.xz", "BSD-3-Clause", "whole",
           "How is your health? → I'm not feeling well", "chat",
           "It picks up the tone of its answers, not their sense."),
    Sample("chat-zh", "闲聊", "zh", "tasks/chat-zh.jsonl.xz", "BSD-3-Clause", "whole",
           "你是什么语言编写的 → Python", "chat",
           "It picks up the tone of its answers, not their sense."),
    Sample("topics-en", "What a help page is about", "en", "tasks/topics-en.jsonl.xz", "MPL-2.0", "whole",
           "Lets you manage the macro libraries. → Programs", "classification",
           "It tells about half of the topics; taking that of the most similar line does a little better."),
    Sample("topics-zh", "帮助页面的主题", "zh", "tasks/topics-zh.jsonl.xz", "MPL-2.0", "whole",
           "自动将索引条目的第一个字母转为大写。→ 文字处理", "classification",
           "It tells about half of the topics; taking that of the most similar line does a little better."),
)
"""Examples of a task, to begin with one click; each is a file of its own with its licence."""


def sample(id: str) -> Sample:
    """A sample by its id; raises EngineError listing those there are."""
    for each in (*SAMPLES, *TASK_SAMPLES):
        if each.id == id:
            return each
    names = ", ".join(each.id for each in (*SAMPLES, *TASK_SAMPLES))
    raise EngineError(f"There is no sample called {id}.", f"The samples are {names}.", "Choose one of these.")
