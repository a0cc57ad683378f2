-- A small shop: keys of several kinds, and values that careless migrations alter.
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00';

CREATE TABLE customers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  born DATE,
  loyal TINYINT(1) NOT NULL DEFAULT 0,
  joined DATETIME(6) NOT NULL
) COMMENT 'who buys';
INSERT INTO customers VALUES
  (0, 'id zero', '1899-12-31', 2, '2024-03-10 02:30:00.123456'),
  (1, 'Zoë 😀', NULL, 1, '2024-11-03 01:30:00.000001'),
  (2, 'tab\tand newline\n', '0000-00-00', -1, '1000-01-01 00:00:00'),
  (3, '', '2000-00-00', 0, '9999-12-31 23:59:59.999999');

CREATE TABLE articles (
  code BINARY(4) NOT NULL PRIMARY KEY,
  title VARCHAR(200) CHARACTER SET latin1,
  price DECIMAL(65,30) NOT NULL,
  weight FLOAT,
  tags SET('new', 'sale') NOT NULL DEFAULT '',
  details JSON
);
INSERT INTO articles VALUES
  (x'00010203', 'café', 12345678901234567890123456789012345.123456789012345678901234567891, 0.1, '', '{"a": [1, null]}'),
  (x'FFFEFDFC', NULL, -0.000000000000000000000000000001, 1e-45, 'new,sale', NULL);

CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer INT UNSIGNED NOT NULL,
  taken TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  waited TIME(6),
  note TEXT,
  KEY of_customer (customer)
);
INSERT INTO orders
  SELECT seq, seq % 4, TIMESTAMP '2024-01-01 00:00:00' + INTERVAL seq MINUTE, SEC_TO_TIME(seq), IF(seq % 7 = 0, NULL, REPEAT('x', seq % 50))
  FROM seq_1_to_5000;
INSERT INTO orders VALUES (18446744073709551614, 1, '2024-03-10 07:30:00', '-838:59:59', '');

CREATE TABLE order_lines (
  order_id BIGINT UNSIGNED NOT NULL,
  place SMALLINT NOT NULL,
  article BINARY(4) NOT NULL,
  count INT NOT NULL,
  doubled INT AS (count * 2) STORED,
  PRIMARY KEY (order_id, place)
);
INSERT INTO order_lines (order_id, place, article, count)
  SELECT 1 + (seq DIV 3), seq % 3, IF(seq % 2, x'00010203', x'FFFEFDFC'), seq % 9 FROM seq_1_to_12000;

CREATE TABLE visits (at DATETIME NOT NULL, page VARCHAR(50), answered YEAR, flags BIT(8));
INSERT INTO visits VALUES
  ('2024-05-01 10:00:00', '/', 2024, b'1'), ('2024-05-01 10:00:00', '/', 2024, b'1'), ('2024-05-02 11:00:00', NULL, 0, b'10101010');
