* Sorts for SPSS, written by qmethod: run it in the folder in which the CSV lies.
SET DECIMAL=DOT.
GET DATA /TYPE=TXT /FILE='ragged-spss.csv' /ENCODING='UTF8'
  /ARRANGEMENT=DELIMITED /DELCASE=LINE /DELIMITERS="," /QUALIFIER='"' /FIRSTCASE=2
  /VARIABLES=
  participant A5
  s1 F12.6
  s2 F12.6
  s3 F12.6
  s4 F12.6
  s5 F12.6
  s6 F12.6
  .
EXECUTE.
