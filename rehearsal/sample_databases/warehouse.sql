-- The target: a table that has a contract is made by whoever owns it, the others are created as at the source.
CREATE TABLE visits (at DATETIME NOT NULL, page VARCHAR(50), answered YEAR, flags BIT(8));
