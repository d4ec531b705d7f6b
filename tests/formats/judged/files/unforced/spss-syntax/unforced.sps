* Sorts for SPSS, written by qmethod: run it in the folder in which the CSV lies.
SET DECIMAL=DOT.
GET DATA /TYPE=TXT /FILE='unforced-spss.csv' /ENCODING='UTF8'
  /ARRANGEMENT=DELIMITED /DELCASE=LINE /DELIMITERS="," /QUALIFIER='"' /FIRSTCASE=2
  /VARIABLES=
  participant A3
  a F8.0
  b F8.0
  c F8.0
  d F8.0
  .
EXECUTE.
