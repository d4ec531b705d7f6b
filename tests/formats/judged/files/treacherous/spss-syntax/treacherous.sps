* Sorts for SPSS, written by qmethod: run it in the folder in which the CSV lies.
SET DECIMAL=DOT.
GET DATA /TYPE=TXT /FILE='treacherous-spss.csv' /ENCODING='UTF8'
  /ARRANGEMENT=DELIMITED /DELCASE=LINE /DELIMITERS="," /QUALIFIER='"' /FIRSTCASE=2
  /VARIABLES=
  participant A240
  s1 F8.0
  A1 F8.0
  s4 F8.0
  Uni F8.0
  s_e F8.0
  se3 F8.0
  s0 F8.0
  .
VARIABLE LABELS s1
  '=HYPERLINK("http://x")'.
VARIABLE LABELS A1
  '-4'.
VARIABLE LABELS s4
  'Les arbres, « ici »'.
VARIABLE LABELS Uni
  'Say "so" and on'.
VARIABLE LABELS s_e
  'üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü' +
  'üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü' +
  'üüüüüüü'.
VARIABLE LABELS s0
  'It''s 50 % of ‘it’; \ | #'.
EXECUTE.
