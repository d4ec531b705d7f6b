"""The pages: respondents sort, researchers run the study. The top floor of the house: it may import all others."""
