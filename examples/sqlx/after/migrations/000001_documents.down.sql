DROP TABLE document;
DROP TABLE basket;
