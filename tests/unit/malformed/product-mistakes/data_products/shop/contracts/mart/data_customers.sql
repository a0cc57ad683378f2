CREATE TABLE data_customers (
  customer STRING NOT NULL,
  orders INT NOT NULL
)
TBLPROPERTIES ('owner' = 'shop')
