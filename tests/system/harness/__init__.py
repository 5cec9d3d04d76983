"""What the system tests share: a real Orthanc of their own, DCMTK's tools, files to send."""
