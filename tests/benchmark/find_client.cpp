// find_client: asks many study-level C-FIND questions over one association and prints the time of each.
//
//   find_client HOST PORT CALLING_AET CALLED_AET COUNT PATIENT_ID...
//
// findscu's own start takes longer than the answer, so it cannot tell servers apart. The patient IDs are
// asked in turn. Standard output: one line a question, "microseconds answers". Exit code 1, with a sentence
// on standard error, when a question is not answered with Success.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/scu.h>
#include <dcmtk/oflog/oflog.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Arguments {
    std::string host;
    Uint16 port = 0;
    std::string calling;
    std::string called;
    int count = 0;
    std::vector<std::string> patients;
};

Arguments read_arguments(const std::vector<std::string>& words) {
    if (words.size() < 6) {
        throw std::runtime_error("usage: find_client HOST PORT CALLING_AET CALLED_AET COUNT PATIENT_ID...");
    }
    const int port = std::atoi(words[1].c_str());
    const int count = std::atoi(words[4].c_str());
    if (port < 1 || port > 65535 || count < 1) {
        throw std::runtime_error("PORT is a number from 1 to 65535, COUNT is at least 1");
    }
    return {words[0], static_cast<Uint16>(port), words[2], words[3], count, {words.begin() + 5, words.end()}};
}

void require(const OFCondition& condition, const char* what) {
    if (condition.bad()) {
        throw std::runtime_error(std::string(what) + ": " + condition.text());
    }
}

void connect(DcmSCU& scu, const Arguments& arguments) {
    OFList<OFString> syntaxes;
    syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
    scu.setAETitle(arguments.calling.c_str());
    scu.setPeerAETitle(arguments.called.c_str());
    scu.setPeerHostName(arguments.host.c_str());
    scu.setPeerPort(arguments.port);
    require(scu.addPresentationContext(UID_FINDStudyRootQueryRetrieveInformationModel, syntaxes), "context");
    require(scu.initNetwork(), "network");
    require(scu.negotiateAssociation(), "association");
}

/// Number of pending answers of one question.
std::size_t ask(DcmSCU& scu, const std::string& patient) {
    DcmDataset keys;
    require(keys.putAndInsertString(DCM_QueryRetrieveLevel, "STUDY"), "key");
    require(keys.putAndInsertString(DCM_PatientID, patient.c_str()), "key");
    for (const DcmTagKey& tag : {DCM_StudyInstanceUID, DCM_StudyDate, DCM_StudyDescription, DCM_PatientName,
                                 DCM_ModalitiesInStudy}) {
        require(keys.insertEmptyElement(tag), "key");
    }
    OFList<QRResponse*> responses;
    const T_ASC_PresentationContextID context =
        scu.findPresentationContextID(UID_FINDStudyRootQueryRetrieveInformationModel, "");
    require(scu.sendFINDRequest(context, &keys, &responses), "C-FIND");
    Uint16 status = 0xFFFF;
    std::size_t answers = 0;
    for (QRResponse* response : responses) {
        status = response->m_status;
        answers += DICOM_PENDING_STATUS(status) ? 1 : 0;
        delete response; // DCMTK hands the responses over
    }
    if (status != 0) {
        throw std::runtime_error("a C-FIND ended with status " + std::to_string(status));
    }
    return answers;
}

void run(const Arguments& arguments) {
    DcmSCU scu;
    connect(scu, arguments);
    for (int number = 0; number < arguments.count; ++number) {
        const auto before = std::chrono::steady_clock::now();
        const auto patient = static_cast<std::size_t>(number) % arguments.patients.size();
        const std::size_t answers = ask(scu, arguments.patients[patient]);
        const auto spent = std::chrono::steady_clock::now() - before;
        std::cout << std::chrono::duration_cast<std::chrono::microseconds>(spent).count() << ' ' << answers
                  << '\n';
    }
    require(scu.releaseAssociation(), "release");
}

} // namespace

int main(int argc, char** argv) {
    OFLog::configure(OFLogger::ERROR_LOG_LEVEL);
    try {
        run(read_arguments({argv + 1, argv + argc}));
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "find_client: " << failure.what() << '\n';
        return 1;
    }
}
