"""The console: a page that shows the pipeline while the rehearsal plays it, and remains as one file.

``watched`` is what there is to see, ``snapshot`` makes one dict of it, ``server`` gives that dict to the page in
``page/``, and ``report_page`` writes page and dict into one file.
"""
