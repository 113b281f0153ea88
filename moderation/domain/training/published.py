"""The best published results, to stand beside ours. Other data or other splits are said so."""

from typing import Final

BEST: Final = {
    ("GAHD", "hate"): "not retrieved (Goldzycher et al. 2024)",
    ("GermEval 2018", "insult"): "mF1 .768 on the official test (TUWienKBS 2018; results of the"
    " task), German BERT .76 (2019)",
    ("GermEval 2019", "insult"): "mF1 .76 on the official test (HPI, BERT)",
    ("GermEval 2021", "insult"): "mF1 .718 on the official test (GBERT/GELECTRA ensemble)",
    ("Davidson 2017", "hate"): "weighted F1 .90 over three classes, five folds (Davidson 2017)",
    ("Davidson 2017", "insult"): "weighted F1 .90 over three classes, five folds (Davidson 2017)",
    ("HateXplain", "hate"): "mF1 .687, acc .698 over three classes (BERT-HateXplain)",
    ("HateXplain", "insult"): "mF1 .687, acc .698 over three classes (BERT-HateXplain)",
    ("TweetEval hate", "hate"): "mF1 .564 on the official test (BERTweet)",
    ("TweetEval offensive", "insult"): "mF1 .822 on the official test (TimeLMs)",
    ("UMSAB german", "negative"): "mF1 .773 over three classes (XLM-T)",
    ("UMSAB english", "negative"): "mF1 .706 over three classes (XLM-T)",
    ("YouTube spam", "spam"): "acc .953 in ten folds (LinearSVC)",
    ("SMS spam", "spam"): "acc .976 (SVM, Almeida et al. 2011)",
}
"""Source: the papers and the shared tasks' result tables; a reading of November 2026."""
