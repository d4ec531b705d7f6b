* Sorts for SPSS, written by qmethod: run it in the folder in which the CSV lies.
SET DECIMAL=DOT.
GET DATA /TYPE=TXT /FILE='plain-spss.csv' /ENCODING='UTF8'
  /ARRANGEMENT=DELIMITED /DELCASE=LINE /DELIMITERS="," /QUALIFIER='"' /FIRSTCASE=2
  /VARIABLES=
  participant A1
  s1 F8.0
  s2 F8.0
  s3 F8.0
  s4 F8.0
  s5 F8.0
  s6 F8.0
  s7 F8.0
  s8 F8.0
  s9 F8.0
  .
VARIABLE LABELS s1
  'Wording 1 of it.'.
VARIABLE LABELS s2
  'Wording 2 of it.'.
VARIABLE LABELS s3
  'Wording 3 of it.'.
VARIABLE LABELS s4
  'Wording 4 of it.'.
VARIABLE LABELS s5
  'Wording 5 of it.'.
VARIABLE LABELS s6
  'Wording 6 of it.'.
VARIABLE LABELS s7
  'Wording 7 of it.'.
VARIABLE LABELS s8
  'Wording 8 of it.'.
VARIABLE LABELS s9
  'Wording 9 of it.'.
EXECUTE.
