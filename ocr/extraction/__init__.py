"""Fields from words and boxes, without a language model. Pure: no Django, no network.

How a page is read, and where each step is:

1. `layout` puts the engine's fragments on visual rows; `spans` keeps the tokens behind any text.
2. `lexicon` (words in `labels.toml`) finds labels in eight languages, misread ones too.
3. `dates`, `amounts`, `codes` recognize values by their shape; `reading` holds all of it.
4. Finders propose candidates with scores: `days`, `sums`, `stores`, `parties`, `streets` and
   `blocks` (invoices), `keyed` (beside a label), `headers` and `tables`, `tills` (goods).
5. `finders` names them for `templates`; `own` leads a caller's own fields to them; `items`
   chooses between tables and till goods; `guess` tells receipts from invoices, `kinds` all templates apart.
6. `extract` turns the best candidates into `fields.Value`s, and notes sums that do not add up.

`locate` is for values that come from elsewhere: it aligns their characters with the page.
"""
