-- Once: lets DuckDB read s3:// with the credentials that the AWS CLI uses, in this and every later session.
INSTALL httpfs;
INSTALL aws;
CREATE OR REPLACE PERSISTENT SECRET archive (TYPE s3, PROVIDER credential_chain);
