"""An SCU made of odil, which shares no code with DCMTK's network. Run by Debian's own Python: odil_client.py OPERATION
JSON; prints JSON. Not imported by the tests."""
import json
import sys

import odil

ROLE = odil.AssociationParameters.PresentationContext.Role
SYNTAXES = [odil.registry.ExplicitVRLittleEndian, odil.registry.ImplicitVRLittleEndian]


def associate(asked, contexts):
    """contexts: (SOP class, role) pairs."""
    association = odil.Association()
    association.set_peer_host("127.0.0.1")
    association.set_peer_port(asked["port"])
    association.update_parameters().set_calling_ae_title(asked["calling"]).set_called_ae_title(asked["called"])
    association.update_parameters().set_presentation_contexts([
        odil.AssociationParameters.PresentationContext(2 * at + 1, uid, SYNTAXES, role)
        for at, (uid, role) in enumerate(contexts)])
    association.associate()
    return association


def model(asked, service):
    root = "Patient" if asked.get("root") == "patient" else "Study"
    return getattr(odil.registry, f"{root}RootQueryRetrieveInformationModel{service}")


def identifier(asked):
    data_set = odil.DataSet()
    for name, value in asked["keys"].items():
        tag = getattr(odil.registry, name)
        if value:
            data_set.add(tag, [value])
        else:
            data_set.add(tag)
    return data_set


def text(data_set, name):
    return data_set.as_string(name)[0].decode("latin-1").rstrip("\0 ") if name in data_set and data_set.size(name) else ""


def echo(asked):
    association = associate(asked, [(odil.registry.Verification, ROLE.SCU)])
    odil.EchoSCU(association).echo()
    return association, {}


def find(asked):
    association = associate(asked, [(model(asked, "Find"), ROLE.SCU)])
    scu = odil.FindSCU(association)
    scu.set_affected_sop_class(model(asked, "Find"))
    found = scu.find(identifier(asked))
    return association, [{name: text(data_set, name) for name in asked["keys"]} for data_set in found]


def get(asked):
    association = associate(asked, [(model(asked, "Get"), ROLE.SCU), *((uid, ROLE.SCP) for uid in asked["classes"])])
    scu = odil.GetSCU(association)
    scu.set_affected_sop_class(model(asked, "Get"))
    return association, [text(data_set, "SOPInstanceUID") for data_set in scu.get(identifier(asked))]


def move(asked):
    association = associate(asked, [(model(asked, "Move"), ROLE.SCU)])
    scu = odil.MoveSCU(association)
    scu.set_affected_sop_class(model(asked, "Move"))
    scu.set_move_destination(asked["destination"])
    scu.set_incoming_port(asked["incoming"])  # 0: another program receives
    return association, [text(data_set, "SOPInstanceUID") for data_set in scu.move(identifier(asked))]


def store(asked):
    association = associate(asked, [(uid, ROLE.SCU) for uid in asked["classes"]])
    scu = odil.StoreSCU(association)
    for path in asked["files"]:
        with odil.open(path) as stream:
            _, data_set = odil.Reader.read_file(stream)
        scu.set_affected_sop_class(data_set)
        scu.store(data_set)
    return association, len(asked["files"])


if __name__ == "__main__":
    request = json.loads(sys.argv[2])
    open_association, answer = globals()[sys.argv[1]](request)
    open_association.release()
    print(json.dumps(answer))
